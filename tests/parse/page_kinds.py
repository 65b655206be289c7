"""Kinds of pages by name, each made anew for a seed: text, furniture and layout as documents have them."""

import io
from collections.abc import Callable

import kinds_of_layout
import kinds_of_script
import kinds_of_structure
from made_pages import Typeset
from typst_source import Page

KINDS: dict[str, Callable[[int], Page]] = {
    name: make
    for module in (kinds_of_layout, kinds_of_structure, kinds_of_script)
    for name, make in vars(module).items()
    if getattr(make, "__module__", "") == module.__name__ and not name.startswith("_")
}


def make(kind: str, seed: int) -> Typeset:
    """A document of this kind; the same for the same seed."""
    return KINDS[kind](seed).typeset(f"{kind}-{seed}")


def first_page(typeset: Typeset) -> Typeset:
    """Its first page only; the paragraphs are still those of the whole."""
    import pypdfium2

    document, one = pypdfium2.PdfDocument(typeset.pdf), pypdfium2.PdfDocument.new()
    one.import_pages(document, [0])
    out = io.BytesIO()
    one.save(out)
    return Typeset(typeset.name, out.getvalue(), typeset.paragraphs, typeset.furniture)
