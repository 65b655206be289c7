"""What is read of a document, beyond its printed text, and what is left out of it.

The default is the text that a reader of the printed document sees. Comments, deleted passages and hidden
sheets are often drafts or private, so they are read on request only.
"""

from dataclasses import asdict, dataclass
from typing import Any

INCLUDE = ("authors", "comments", "deletions", "hidden")
"""What may be read on request: names of authors (into `meta`), reviewers' comments and annotations, deleted
text of tracked changes, hidden sheets, slides and text."""


@dataclass(frozen=True)
class Reading:
    """ocr: read pages without usable text by OCR, where it is installed; include: of `INCLUDE`; footnotes,
    references: `keep`, `mask` (in the text, without loss in training) or `drop`; formulas: `mark` puts a
    marker in place of a displayed formula, `keep` its characters, `drop` nothing; layout: a model looks for
    headers and footers on pages where nothing repeats."""

    ocr: bool = True
    include: frozenset[str] = frozenset()
    footnotes: str = "keep"
    references: str = "keep"
    formulas: str = "mark"
    layout: bool = False

    def plain(self) -> dict[str, Any]:
        """As JSON values, for the parsing process."""
        return {**asdict(self), "include": sorted(self.include)}

    @classmethod
    def of_plain(cls, values: dict[str, Any]) -> "Reading":
        """The inverse of `plain`; also takes a part of the values."""
        return cls(**{**values, "include": frozenset(values.get("include", ()))})

    def masked(self) -> frozenset[str]:
        """The kinds of spans that carry no loss."""
        chosen = {"footnote": self.footnotes, "reference": self.references}
        return frozenset(kind for kind, what in chosen.items() if what == "mask")


PRINTED = Reading()
"""The printed text, by OCR where that is needed."""
