"""Option orders that an author might as well have chosen: the items' own partner set.

The order of the wrong options is arbitrary in most benchmarks. Without a leak, a model that is trained
further has no reason to prefer the published order to another one, so the published order is exchangeable
with the others (Oren et al. 2023, arXiv 2310.17623, for the order of examples). Three things break this and
are excluded: the right option keeps its place, since some benchmarks always put it last; items with options
such as "all of the above" are left out; so are orders sorted by number, alphabet or length, which authors
like and models expect.
"""

import re
from collections.abc import Sequence
from itertools import pairwise, permutations

import numpy as np

from rewarm.evaluate.tasks.item import Item

_REFERS = re.compile(
    r"\b(?:all|none|both|neither|any|some|either) of\b|\babove\b|\bfollowing\b|\b[A-E] (?:and|or|&) [A-E]\b"
    r"|以上|上述|都(?:对|不对|是|不是|正确|错误)|均|皆|[A-E][、和与或][A-E]",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-−]?\d+(?:[.,]\d+)*")


def exchangeable(item: Item, most: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """The published order first, then up to `most` others; empty if the item has no other fair order."""
    count = len(item.options)
    wrong = [position for position in range(count) if position not in item.gold]
    own = tuple(range(count))
    if len(set(item.options)) < count or item.multiple or not 2 <= len(wrong) <= 7:
        return []
    if refers_to_others(item.options) or _sorted(item.options):
        return []
    others = []
    for arranged in permutations(wrong):
        order = list(own)
        for place, position in zip(wrong, arranged, strict=True):
            order[place] = position
        if tuple(order) != own and not _sorted([item.options[position] for position in order]):
            others.append(tuple(order))
    chosen = sorted(rng.permutation(len(others))[:most].tolist())
    return [own, *(others[number] for number in chosen)] if others else []


def refers_to_others(options: Sequence[str]) -> bool:
    """Whether an option speaks about others or their letters, so that its place is not arbitrary."""
    return any(_REFERS.search(option) for option in options)


def _sorted(options: Sequence[str]) -> bool:
    numbers = [_NUMBER.search(option) for option in options]
    keys: list[list[float] | list[int] | list[str]] = [
        [len(option) for option in options],
        [option.casefold() for option in options],
    ]
    if all(numbers):
        keys.append([_value(match[0]) for match in numbers if match])
    return any(_monotone(key) for key in keys)


def _monotone(key: Sequence[float] | Sequence[str]) -> bool:
    pairs = list(pairwise(key))
    rising = all(one <= other for one, other in pairs)  # type: ignore[operator]
    falling = all(one >= other for one, other in pairs)  # type: ignore[operator]
    return rising or falling


def _value(number: str) -> float:
    digits = number.replace("−", "-").replace(",", "")
    return float(digits) if digits.count(".") < 2 else float(digits.replace(".", ""))
