"""Wrong options: answers of the same type from elsewhere in the corpus.

A distractor has the type of the answer (unit, number of words, capitals), comes from the same source, is
close in size (magnitude of a number, frequency of a term, article number), says something else, and does not
occur in the paragraph of the question, where it might be right. Of the terms that are left, those that stand
among similar words are preferred: a term of another topic would be too easy. Articles are taken from the same
document, where they exist.
"""

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rewarm.evaluate.build.blanks import Blank
from rewarm.evaluate.build.contexts import Contexts
from rewarm.text.domain_terms import content_words

# Candidates looked at, per option: enough to choose from, few enough to stay close in size.
_LOOKED_AT = 40
# A factor of ten in a number, of eight in a frequency.
_FURTHEST = {"number": 1.0, "term": 3.0, "article": 60.0}
_SHARED_CHARACTERS = 2


@dataclass(frozen=True, slots=True)
class _Known:
    """An answer of the corpus: as it is written, its value, its size."""

    size: float
    value: str
    surface: str


class Pool:
    """The answers of many sentences, by type."""

    def __init__(self, found: Iterable[Blank], contexts: Contexts) -> None:
        self._contexts = contexts
        known: dict[tuple[str, str], dict[str, _Known]] = defaultdict(dict)
        for blank in found:
            known[_place(blank)].setdefault(
                blank.found.value, _Known(blank.found.size, blank.found.value, blank.answer)
            )
        self._known = {
            place: sorted(answers.values(), key=lambda one: (one.size, one.value))
            for place, answers in known.items()
        }

    def distractors(self, blank: Blank, number: int, seed: str) -> list[str]:
        """So many wrong options for a blank, or fewer where the corpus has no more."""
        known = self._known.get(_place(blank), [])
        size = blank.found.size
        middle = bisect_left(known, size, key=lambda one: one.size)
        width = _LOOKED_AT * number
        near = known[max(0, middle - width) : middle + width]
        near = [one for one in near if abs(one.size - size) <= _FURTHEST[blank.kind]]
        random.Random(f"{seed}\0{blank.sentence.document.id}\0{blank.span}").shuffle(near)
        if blank.kind == "term":
            near.sort(key=lambda one: -self._contexts.similarity(blank.found.value, one.value))
        document, (start, stop) = blank.sentence.document, blank.sentence.paragraph
        around = f"{blank.sentence.title}\n{document.text[start:stop]}".casefold()
        chosen: list[str] = []
        for one in near:
            fits = one.value != blank.found.value and one.surface.casefold() not in around
            if fits and not any(_alike(one.surface, other, blank.kind) for other in [blank.answer, *chosen]):
                chosen.append(one.surface)
            if len(chosen) == number:
                break
        return chosen


def _place(blank: Blank) -> tuple[str, str]:
    """Where the distractors of a blank are: articles in its document, others in its source."""
    document = blank.sentence.document
    return (document.id if blank.kind == "article" else document.source), f"{blank.kind}|{blank.found.type}"


def _alike(one: str, other: str, kind: str) -> bool:
    """Whether two terms may mean the same, as far as their words say."""
    if kind != "term":
        return one == other
    if one.isascii():
        return bool(content_words(one) & content_words(other)) or one.casefold() == other.casefold()
    pairs = {one[place : place + _SHARED_CHARACTERS] for place in range(len(one) - 1)}
    return any(pair in other for pair in pairs)
