"""A sample of the user's own text for measurements on bases: the same bytes for every model.

A text is cut after a number of bytes, not of tokens, since tokenizers differ. Which texts are taken follows
from a hash of each, so that more data does not change the sample at random.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from rewarm.corpus.benchmarks import files, items
from rewarm.errors import RewarmError

_PLAIN = (".txt", ".md")


@dataclass(frozen=True, slots=True)
class OwnText:
    """texts: the sample; found: readable texts at the path; faults: records without text, counted by file."""

    texts: list[str]
    found: int
    faults: dict[str, int]


def read(path: Path, limit: int = 200, cut: int = 2048) -> OwnText:
    """Texts of JSON lines, Parquet or CSV with the field `text`, or of plain text (blocks between blank
    lines); a folder is read whole.

    limit: texts taken; cut: UTF-8 bytes of each. Raises RewarmError when there is none.
    """
    texts: list[str] = []
    faults: dict[str, int] = {}
    for file in files.files(path):
        if file.suffix.lower() in _PLAIN:
            content = file.read_text("utf-8", errors="replace")
            texts += [block.strip() for block in content.split("\n\n") if block.strip()]
            continue
        for record in items.records(file):
            text = record.get("text")
            if isinstance(text, str) and text.strip():
                texts.append(text)
            else:
                faults[file.name] = faults.get(file.name, 0) + 1
    if not texts:
        raise RewarmError(
            f"{path}: no text found; give .txt, or JSON lines, Parquet or CSV with the field `text`"
        )
    chosen = sorted(texts, key=_place)[:limit]
    return OwnText([_cut(text, cut) for text in chosen], len(texts), faults)


def _place(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest()


def _cut(text: str, size: int) -> str:
    """At most `size` bytes, no character split."""
    return text.encode(errors="replace")[:size].decode(errors="ignore")
