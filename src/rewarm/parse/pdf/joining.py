"""How the end of one line goes on with the beginning of the next.

Latin lines join with a space, Chinese ones without; a hyphen at a line's end goes where the word is one word.
Whether "long-term" keeps its hyphen, the document itself tells: it is kept where the document has the word
with a hyphen inside a line and not without one.
"""

import re
from collections import Counter
from collections.abc import Iterable

from rewarm.parse.spans import unmarked

_HAN = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u30ff\U00020000-\U0003ffff"
_QUOTES = "“”‘’…—·"
_HAN_LETTER = re.compile(f"[{_HAN}]")
_WORD_END = re.compile(r"([^\W\d_]{1,60})[-\u2010\u00ad]$")
_WORD_START = re.compile(r"[^\W\d_]{1,60}")
_HYPHENATED = re.compile(r"[^\W\d_]{2,30}-[^\W\d_]{2,30}")
_END = re.compile(r"""[.!?。！？…:：;；][”’"')）】》」』]{0,3} ?[\d*†‡]{0,3}$""")


class Words:
    """What the document says about hyphens: words with one inside a line, and words without."""

    def __init__(self) -> None:
        self._hyphenated: Counter[str] = Counter()
        self._whole: set[str] = set()

    def learn(self, lines: Iterable[str]) -> None:
        """Add lines as they stand on the pages."""
        for line in lines:
            if "-" in line:
                self._hyphenated.update(found.lower() for found in _HYPHENATED.findall(line))
            self._whole.update(line.lower().split())

    def keeps_hyphen(self, before: str, after: str) -> bool:
        """Whether `before`-`after` is written with a hyphen."""
        hyphenated = self._hyphenated[f"{before}-{after}".lower()]
        return hyphenated > 0 and f"{before}{after}".lower() not in self._whole


def join(before: str, after: str, words: Words) -> str:
    """Two lines of a paragraph as one."""
    if not before or not after:
        return before + after
    soft = before.endswith("\u00ad")
    end = _WORD_END.search(before)
    start = _WORD_START.match(after)
    if end and start:
        if after[0].islower() or (soft and before[-2:-1].isupper() and after[0].isupper()):
            keep = words.keeps_hyphen(end[1], start[0])
            return f"{before[:-1]}-{after}" if keep else before[:-1] + after
        return f"{before[:-1]}-{after}"
    if soft:
        before = f"{before[:-1]}-"
    if before.endswith(("-", "\u2010")) and before[-2:-1].isalnum() and after[:1].isalnum():
        return before + after
    # A marker in square brackets stands at the end where a displayed formula was.
    if _goes_without_space(unmarked(before[-2:])[-1:] or before[-1], after[0]):
        return before + after
    return f"{before} {after}"


def _goes_without_space(last: str, first: str) -> bool:
    """Between Chinese characters, and beside Chinese punctuation."""
    wide = bool(_HAN_LETTER.match(last)), bool(_HAN_LETTER.match(first))
    if all(wide):
        return True
    # Quotation marks are of either script; a Latin letter beside a Chinese comma needs no space.
    other = first if wide[0] else last
    return any(wide) and (other in _QUOTES or not (last.isalnum() and first.isalnum()))


def is_ended(text: str) -> bool:
    """Whether a paragraph ends with its text: a full stop, with what may close after it, and the number of a
    footnote."""
    return _END.search(text, max(0, len(text) - 12)) is not None


def goes_on(before: str, after: str) -> bool:
    """Whether a paragraph at the end of a page goes on with the first of the next."""
    if not before or not after or is_ended(before):
        return False
    if before.endswith("\u00ad") or _WORD_END.search(before):
        return after[0].islower()
    if _HAN_LETTER.match(before[-1]):
        return bool(_HAN_LETTER.match(after[0])) or after[0].islower()
    return after[0].islower() or (before[-1] in ",，、" and after[0].isalnum())
