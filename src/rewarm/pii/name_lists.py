"""Surnames and characters or words of given names, zh and en: to find names, and to make other ones."""

import gzip
from functools import cache
from pathlib import Path

_LISTS = Path(__file__).parent / "lists"


@cache
def words(name: str) -> tuple[str, ...]:
    """A list of words in its order, from `lists/NAME.txt`."""
    return tuple((_LISTS / f"{name}.txt").read_text(encoding="utf-8").split())


def packed(name: str) -> list[str]:
    """The lines of `lists/NAME.txt.gz`; a line may hold blanks."""
    with gzip.open(_LISTS / f"{name}.txt.gz", "rt", encoding="utf-8") as lines:
        return list(filter(None, lines.read().split("\n")))


def lines(name: str) -> list[str]:
    """The lines of `lists/NAME.txt`."""
    return list(filter(None, (_LISTS / f"{name}.txt").read_text(encoding="utf-8").split("\n")))


# By how many people bear them, the most frequent first.
SURNAMES = "".join(words("chinese_surnames"))
COMPOUND = words("chinese_compound_surnames")
MALE = "".join(words("chinese_given_men"))
FEMALE = "".join(words("chinese_given_women"))
COMMON_GIVEN = frozenset("".join(words("chinese_given_common")))
SELDOM_GIVEN = frozenset("".join(words("chinese_given_seldom")))
GIVEN = frozenset(MALE + FEMALE + "".join(words("chinese_given_other"))) | COMMON_GIVEN

MEN = frozenset(words("given_names_men"))
WOMEN = frozenset(words("given_names_women"))
FAMILIES = tuple(dict.fromkeys(words("family_names")))
# Given names that are words or places, too; a name needs more than them.
AMBIGUOUS = frozenset(words("ambiguous_given_names"))
# What follows a given name in the name of a place, an institution, a theorem.
NOT_FAMILIES = frozenset(words("no_family_names"))
PINYIN = frozenset(words("pinyin_surnames"))
