"""Which pairs of answers are judged, and which are decided without a judge.

Answers that are nearly the same say nothing about which model is better, cost two requests and mostly bring
noise; they are counted apart. An empty answer loses to any other. Everything else is judged.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from rewarm.evaluate.duels.answers import Item, Matched

Decided = Literal["", "near_identical", "both_empty", "result_empty", "base_empty"]
_GRAM = 5
# A changed one of these turns a statement round, whatever the length of the text.
_DIGITS = re.compile(r"\d+|[-+*/%<>=^|&~×÷≤≥≠]")
_NEGATION = re.compile(
    r"n['’]t\b|\b(?:not?|never|none|cannot|without|neither|nor)\b|[不没無无非未勿莫]", re.IGNORECASE
)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
# A prompt in Chinese may quote names, code and numbers in Latin letters.
_LEAST_HAN = 0.3


@dataclass(frozen=True)
class Pair:
    """Two answers to a prompt. result, base: names of models; decided: why it is not judged, "" if it is."""

    item: Item
    result: str
    base: str
    decided: Decided

    @property
    def language(self) -> str:
        """zh or en, of the prompt: which default criteria apply."""
        solid = len("".join(self.item.prompt.split()))
        return "zh" if len(_HAN.findall(self.item.prompt)) >= _LEAST_HAN * max(1, solid) else "en"


def opponents(models: list[str], base: str, compare: Literal["base", "all"]) -> list[tuple[str, str]]:
    """(result, base) of all comparisons; the base of the set is never a result."""
    others = [model for model in models if model != base]
    found = [(model, base) for model in others]
    return found if compare == "base" else [*found, *((b, a) for a, b in combinations(others, 2))]


def pairs(matched: Matched, compared: list[tuple[str, str]], threshold: float) -> Iterator[Pair]:
    """The pairs of all prompts, in the order of the prompts. threshold: as `near_identical` of the
    settings."""
    for item in matched.items:
        for result, base in compared:
            if result in item.answers and base in item.answers:
                decided = _decided(item.answers[result], item.answers[base], threshold)
                yield Pair(item, result, base, decided)


def _decided(result: str, base: str, threshold: float) -> Decided:
    empty = not result.strip(), not base.strip()
    if any(empty):
        return "both_empty" if all(empty) else "result_empty" if empty[0] else "base_empty"
    return "near_identical" if near_identical(result, base, threshold) else ""


def near_identical(one: str, other: str, threshold: float) -> bool:
    """Whether two answers differ in spacing and width only, or in so few places that they share
    `threshold` of their character 5-grams, and in no number, operator or negation."""
    if _marks(one) != _marks(other):
        return False
    first, second = (_plain(text) for text in (one, other))
    return first == second or _similarity(first, second) >= threshold


def _marks(text: str) -> tuple[list[str], int]:
    return _DIGITS.findall(unicodedata.normalize("NFKC", text)), len(_NEGATION.findall(text))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _similarity(one: str, other: str) -> float:
    """Shared character 5-grams of two texts, with their repeats, as a share of all (Dice)."""
    first, second = (
        Counter(text[place : place + _GRAM] for place in range(max(1, len(text) - _GRAM + 1)))
        for text in (one, other)
    )
    return 2 * (first & second).total() / (first.total() + second.total())
