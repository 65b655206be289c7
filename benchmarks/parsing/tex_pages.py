"""Pages that LaTeX, Texinfo and DocBook (dblatex) typeset from known text, where they are installed.

typst sets most pages of the benchmark. Real manuals are set by TeX, which spaces letters, breaks lines and
places headers and notes in another way and embeds other fonts. The text is drawn by a seed, as that of the
typst pages is, and written into a source; it is the reference, so no parser is asked.

    apt-get install --no-install-recommends texlive-latex-base texlive-fonts-recommended texinfo dblatex
"""

import shutil
from collections.abc import Callable

from made_pages import Typeset

from parsing import latex_pages, manual_pages


def makers() -> list[Callable[[int], Typeset]]:
    """The kinds of page that what is installed can typeset."""
    made: list[Callable[[int], Typeset]] = []
    if shutil.which("pdflatex"):
        made += latex_pages.KINDS
    if shutil.which("pdftex") and shutil.which("texi2any"):
        made += manual_pages.TEXINFO
    if shutil.which("dblatex"):
        made += manual_pages.DOCBOOK
    return made
