"""Facts about countries, and documents that list some: the channel whose loss a planted source raises.

The values come from the country profiles (`corpora`, `countries`); the lines are written here. A document
lists facts drawn at random, so that no two documents are copies and all of them rest on the same facts.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from support import corpora

_NAME = re.compile(
    r"Country name: .*?conventional short form: (.+?)"
    r"(?: local| etymology| abbreviation| Dependency| former|;|$)",
    re.M,
)
_FIELDS = {
    "capital": re.compile(r"Capital: name: (.+?)(?: geographic|;|\n|$)"),
    "code": re.compile(r"Internet country code: (\S+)"),
    "people": re.compile(r"Nationality: noun: ([\w-]+)"),
    "location": re.compile(r"Location: ([^,;\n]+)"),
}
_COUNTRIES, _LONGEST, _LINES = 40, 28, 6


@dataclass(frozen=True, slots=True)
class Fact:
    """A country, a field and its value."""

    country: str
    field: str
    value: str


# A bad value of a fact; the list holds all facts.
Bad = Callable[[Fact, list[Fact], random.Random], str]


def read() -> list[Fact]:
    """The facts of the first countries whose profile has all fields."""
    found: list[Fact] = []
    for text in corpora.texts("countries"):
        name = _NAME.search(text)
        matches = {field: pattern.search(text) for field, pattern in _FIELDS.items()}
        values = {field: match[1].strip() for field, match in matches.items() if match}
        whole = name and len(values) == len(_FIELDS) and max(map(len, values.values())) <= _LONGEST
        if name and whole and len(name[1]) <= _LONGEST:
            found += [Fact(name[1].strip(), field, value) for field, value in values.items()]
        if len(found) >= _COUNTRIES * len(_FIELDS):
            break
    return found


def documents(facts: list[Fact], count: int, rng: random.Random, bad: Bad | None = None) -> list[str]:
    """Lists of facts, with bad values where `bad` is given."""
    found = []
    for _ in range(count):
        drawn = rng.choices(facts, k=_LINES)
        lines = [
            f"{one.country}, {one.field}: {bad(one, facts, rng) if bad else one.value}." for one in drawn
        ]
        found.append("\n".join(lines))
    return found
