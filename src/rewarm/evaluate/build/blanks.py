"""What can be left out of a sentence: kinds of answers, each with a value and a type.

Two answers of one type can stand in each other's place ("30 days" and "60 days"), and two of one value say
the same thing ("60 days" and "sixty days").
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rewarm.evaluate.build import articles, numbers
from rewarm.evaluate.build.found import Found
from rewarm.evaluate.build.sentences import Sentence
from rewarm.evaluate.build.terms import Terms
from rewarm.evaluate.tasks.item import BLANK
from rewarm.recipe.bench import ClozeKind

__all__ = ["Blank", "Found", "blanks"]


@dataclass(frozen=True, slots=True)
class Blank:
    """A part of a sentence that is left out. start, stop: in the sentence's text."""

    sentence: Sentence
    kind: ClozeKind
    found: Found

    @property
    def answer(self) -> str:
        return self.sentence.text[self.found.start : self.found.stop]

    @property
    def question(self) -> str:
        """The sentence with the blank."""
        text = self.sentence.text
        return f"{text[: self.found.start]}{BLANK}{text[self.found.stop :]}"

    @property
    def span(self) -> tuple[int, int]:
        """Characters of the answer in the document."""
        return self.sentence.start + self.found.start, self.sentence.start + self.found.stop


def blanks(sentence: Sentence, kinds: list[ClozeKind], terms: Terms) -> Iterator[Blank]:
    """Everything that can be left out of a sentence, by kind."""
    finders: dict[ClozeKind, Callable[[str], Iterator[Found]]] = {
        "term": terms.find, "number": numbers.find, "article": articles.find,
    }  # fmt: skip
    for kind in kinds:
        for found in finders[kind](sentence.text):
            yield Blank(sentence, kind, found)
