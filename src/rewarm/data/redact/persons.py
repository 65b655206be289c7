"""One surrogate for one person: what stands in for the parts of a name follows from the whole name.

刘雨桐 → 陈志远 makes 雨桐 → 志远 and 小刘 → 小陈; `Jennifer Walsh` makes WALSH the surrogate's second word
in capitals. Across documents of a conversation the same follows from the key: a part's draw hangs on
the part alone.
"""

import re
from collections.abc import Iterable

from rewarm.data.redact.surrogates import surrogate
from rewarm.pii.persons import family_of

_HAN = re.compile("[\u4e00-\u9fff]{2,4}")
_WORDS = re.compile(r"[\s,]+")


class Persons:
    """The surrogates of a document's names."""

    def __init__(self, key: bytes, names: Iterable[str], avoid: frozenset[str] = frozenset()) -> None:
        self._key, self._avoid = key, avoid
        self._known: dict[str, str] = {}
        # The longest first: what `Jennifer Ann Walsh` says of Walsh holds for `Jennifer Walsh`.
        for name in sorted(set(names), key=lambda name: (-len(name), name)):
            self._learn(name)

    def of(self, value: str) -> str:
        """What stands in for a name or a part of one, in the casing and spacing of `value`."""
        solid = re.sub(r"\s", "", value)
        if _HAN.fullmatch(solid) or len(solid) == 1:
            made = self._known.get(solid) or self._drawn(solid)
            return _spaced(value, made) if solid != value and len(made) == len(solid) else made
        known = self._known.get(_folded(value))
        if known:
            return _cased(value, known)
        parts = re.split(r"([\s,]+)", value)
        if len(parts) > 1 and any(_folded(part) in self._known for part in parts):
            return "".join(part if not part or _WORDS.fullmatch(part) else self.of(part) for part in parts)
        return self._drawn(value)

    def _learn(self, name: str) -> None:
        if _HAN.fullmatch(name):
            made = self._known.setdefault(name, self._drawn(name))
            family = family_of(name)
            if family and len(made) == len(name):
                size = len(family)
                self._known.setdefault(family, made[:size])
                if len(name) - size > 1:
                    self._known.setdefault(name[size:], made[size:])
            return
        words = _WORDS.split(name)
        if len(words) < 2:
            return
        made = self.of(name)
        drawn = _WORDS.split(made)
        if len(drawn) == len(words):
            for word, new in zip(words, drawn, strict=True):
                self._known.setdefault(_folded(word), _cased(word.capitalize(), new))
        self._known.setdefault(_folded(name), made)

    def _drawn(self, value: str) -> str:
        return surrogate(self._key, "name", value, self._avoid)


def _folded(value: str) -> str:
    return " ".join(_WORDS.split(value.casefold())).strip()


def _spaced(value: str, made: str) -> str:
    left = iter(made)
    return "".join(letter if letter.isspace() else next(left) for letter in value)


def _cased(value: str, made: str) -> str:
    """A surrogate in capitals or small letters where the value is, with the value's blanks."""
    gaps = re.findall(r"[\s,]+", value)
    words = _WORDS.split(made)
    if len(gaps) == len(words) - 1:
        made = "".join(part for pair in zip(words, [*gaps, ""], strict=True) for part in pair)
    letters = [letter for letter in value if letter.isalpha()]
    if value.isupper() and len(letters) > 1:
        return made.upper()
    return made.lower() if value.islower() else made
