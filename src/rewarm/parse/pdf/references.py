"""Reference lists: from their heading to the next heading, over pages.

A heading alone is not enough ("References" also names a section of a manual): the paragraphs below it must
look like entries, with a year, a number in brackets, or an address of a publication.
"""

import re

from rewarm.parse.pdf.paragraphs import Paragraph

_HEADING = re.compile(
    r"(?:(?:\d{1,2}|[IVX]{1,5}|[A-Z])\.?\s{1,4})?(?:references|bibliography|literature(?: cited)?|"
    r"works cited|"
    r"(?:list of )?references cited|literatur(?:verzeichnis)?|quellenverzeichnis|bibliographie|références|"
    r"主?要?参考文献|引用文献|参考书目|參考文獻)\s?[:：]?",
    re.I,
)
_ENTRY = re.compile(
    r"\[\w{1,12}\]|［\d{1,3}］|\(?(?:19|20)\d\d[a-z]?\b|doi[:.]|https?://|arXiv|\bpp?\.\s?\d|"
    r"\b(?:Journal|Proceedings|Press|Verlag|ISBN|et al)\b|出版社|[〔(（](?:19|20)\d\d"
)
_OTHER = re.compile(
    r"(?:appendix|anhang|supplement|acknowledg|about the authors?|附录|附錄|致谢|作者简介)", re.I
)
_LEAST, _MISSES = 0.6, 2


class References:
    """Whether the text at hand is in a reference list; lasts from page to page."""

    def __init__(self) -> None:
        self._inside = False

    def mark(self, paragraphs: list[Paragraph]) -> None:
        """Give the paragraphs of a page that belong to a reference list the kind `reference`."""
        misses = 0
        for at, one in enumerate(paragraphs):
            text = one.text.strip()
            if len(text) < 60 and _HEADING.fullmatch(text):
                self._inside = _are_entries(paragraphs[at + 1 : at + 6])
                misses = 0
            elif self._inside and (one.kind == "heading" or _OTHER.match(text)) and not _ENTRY.search(text):
                self._inside = False
            elif self._inside and one.kind in ("text", "note"):
                misses = 0 if _ENTRY.search(text) or len(text) < 60 else misses + 1
                self._inside = misses < _MISSES
            if self._inside and one.kind in ("text", "heading", "table"):
                one.kind = "reference"


def _are_entries(following: list[Paragraph]) -> bool:
    texts = [one.text for one in following if one.text.strip()]
    # The heading may be the last line of its page.
    return not texts or sum(_ENTRY.search(text) is not None for text in texts) >= _LEAST * len(texts)
