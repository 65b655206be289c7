"""The triggers of a detector, literal words or a shape of digits, and the context that it reads around them.

`structured.py` finds all words of all detectors in one pass over the text; a detector's regular
expressions only ever see its own stretches. A detector without `merged` is called once for each word
and reads from the word's first character on; a `merged` one gets the stretches around its words,
joined where they touch.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rewarm.pii.finding import Finding, is_inside_word

Find = Callable[[str, int, int], Iterable[Finding]]
Accept = Callable[[str, re.Match[str]], bool]


@dataclass(frozen=True, eq=False, slots=True)
class Detector:
    """find: (text, start, end) → findings; for a word, its place in the text, for `merged`, a stretch.

    words: in small letters, plain text; shape: a group of `structured.SHAPES`; before, after:
    characters of a stretch around a word or shape; needs: what a stretch must hold to be read.
    """

    find: Find
    words: tuple[str, ...] = ()
    shape: str = ""
    merged: bool = False
    before: int = 0
    after: int = 64
    needs: re.Pattern[str] | None = None


DIGIT = re.compile("[0-9]")


def listed(words: str) -> tuple[str, ...]:
    """Blank-separated words."""
    return tuple(words.split())


def labelled(
    pattern: re.Pattern[str],
    type: str,
    words: str | Iterable[str],
    accept: Accept | None = None,
    *,
    behind: bool = False,
    reach: int = 300,
) -> Detector:
    """A detector of group 1 of a pattern (or all of it) that begins at one of `words` (blank-separated,
    or a list), or just behind it."""
    group = 1 if pattern.groups else 0

    def find(text: str, start: int, end: int) -> Iterable[Finding]:
        at = end if behind else start
        match = pattern.match(text, at, at + reach)
        if match is None or is_inside_word(text, start) or not (accept is None or accept(text, match)):
            return ()
        return (Finding(*match.span(group), type),)

    return Detector(find, listed(words) if isinstance(words, str) else tuple(words))
