"""Where a Chinese name can begin: bounds on the log odds from single characters, for a whole text at once.

Tables give for each character the most that it can add as a surname, as a part of a given name, as the
end of a word before a name and as the beginning of one behind it. Their sums over shifted arrays tell
nearly every surname that is only a part of another word; `evidence_zh` weighs what is left.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewarm.pii import evidence_zh as evidence
from rewarm.pii.evidence_zh import ALL_SURNAMES, COMPOUNDS, ONLY_SURNAMES, TITLES, WEIGHTS
from rewarm.pii.segments import kind_of

_CHARS = 0x10000
_BUCKETS = 1 << 18
_NEVER = -100.0
_NO_CUE = max(WEIGHTS[name] for name in ("l_word", "l_char", "r_word", "r_char", "r_place"))
# A surname before a title, a compound surname, a nickname: what can be their first and second character.
_TITLED, _COMPOUND, _NICKNAME = 1, 2, 4
NICK = frozenset("小老阿")
KIN = frozenset("总姐哥叔姨婶嫂")
_TITLE_PAIRS = frozenset(title[:2] for title in TITLES if len(title) > 1)
Floats = NDArray[np.float32]
Codes = NDArray[np.uint32]


class _Tables(NamedTuple):
    """What a character adds at most as a surname, in a given name, alone before or behind a name; the same
    of two characters before or behind, by bucket; what it can be first and second of."""

    surname: Floats
    given: Floats
    before: Floats
    behind: Floats
    two_before: Floats
    two_behind: Floats
    opens: NDArray[np.uint8]
    follows: NDArray[np.uint8]


@cache
def _tables() -> _Tables:
    surname, given = (np.full(_CHARS, _NEVER, np.float32) for _ in range(2))
    for code in range(0x4E00, 0xA000):
        given[code] = WEIGHTS[f"g_{evidence.given_class(chr(code))}"]
    for letter in ALL_SURNAMES:
        surname[ord(letter)] = WEIGHTS[evidence.surname_class(letter)]
    before = np.full(_CHARS, evidence.MOST_LEFT, np.float32)
    behind = np.full(_CHARS, evidence.MOST_RIGHT, np.float32)
    before[0x4E00:0xA000] = behind[0x4E00:0xA000] = _NO_CUE
    two_before, two_behind = (np.full(_BUCKETS, _NEVER, np.float32) for _ in range(2))
    for word in evidence.CUES_BEFORE:
        table, place = (before, ord(word)) if len(word) == 1 else (two_before, _bucket_of(word[-2:]))
        label_odds = evidence.TOLD if word in evidence.LABELS else 0.0
        table[place] = max(table[place], evidence.left_of(word) + label_odds)
    for word in evidence.CUES_BEHIND:
        table, place = (behind, ord(word)) if len(word) == 1 else (two_behind, _bucket_of(word[:2]))
        table[place] = max(table[place], evidence.right_of(word))
    opens, follows = (np.zeros(_CHARS, np.uint8) for _ in range(2))
    for mark, first, second in (
        (_TITLED, ALL_SURNAMES, {title[0] for title in TITLES} | KIN),
        (_COMPOUND, {name[0] for name in COMPOUNDS}, {name[1] for name in COMPOUNDS}),
        (_NICKNAME, NICK, ONLY_SURNAMES),
    ):
        for table_, letters in ((opens, first), (follows, second)):
            for letter in letters:
                table_[ord(letter)] |= mark
    return _Tables(surname, given, before, behind, two_before, two_behind, opens, follows)


def _bucket_of(pair: str) -> int:
    return (ord(pair[0]) * 31 + ord(pair[1]) * 977) % _BUCKETS


def _buckets(first: Codes, second: Codes) -> Codes:
    return (first * np.uint32(31) + second * np.uint32(977)) % np.uint32(_BUCKETS)


def starts(text: str, least: float) -> list[int]:
    """Places where a name of log odds above `least`, or a surname before a title, can begin; sorted."""
    tables = _tables()
    # No character but Chinese ones counts; some of them around the text keep every shift defined.
    codes = np.zeros(len(text) + 7, np.uint32)
    codes[2:-5] = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    np.minimum(codes, _CHARS - 1, out=codes)
    opens = tables.opens.take(codes)
    at = np.flatnonzero(opens)
    if not len(at):
        return []
    first, second, third, fourth, fifth = (codes[at + shift] for shift in range(5))
    left = np.maximum(tables.before[codes[at - 1]], tables.two_before[_buckets(codes[at - 2], codes[at - 1])])
    right = np.maximum(tables.behind[third], tables.two_behind[_buckets(third, fourth)])
    base = tables.surname[first] + tables.given[second] + left + np.float32(evidence.BIAS - least + 1e-3)
    single = base + right + np.float32(WEIGHTS["len1"])
    right = np.maximum(tables.behind[fourth], tables.two_behind[_buckets(fourth, fifth)])
    two = base + tables.given[third] + right + np.float32(WEIGHTS["len2"])
    two[second == third] += np.float32(WEIGHTS["doubled"])
    named = np.maximum(single, two)
    labelled = opens[at] & tables.follows[second]
    # A given name that the dictionary has as a name adds to the odds; one in ten is.
    chosen = np.flatnonzero((named > -np.float32(WEIGHTS["word_nr"])) | (labelled > 0))
    return [
        place
        for place, points in zip((at[chosen] - 2).tolist(), named[chosen].tolist(), strict=True)
        if points > 0 or _is_told(text, place) or _is_given(text[place + 1 : place + 3])
    ]


def _is_told(text: str, at: int) -> bool:
    """Whether a title stands behind a surname, or a compound surname or a nickname begins here."""
    pair = text[at : at + 2]
    return (
        pair[1] in KIN
        or pair[1] in TITLES
        or text[at + 1 : at + 3] in _TITLE_PAIRS
        or pair in COMPOUNDS
        or (pair[0] in NICK and pair[1] in ONLY_SURNAMES)
    )


def _is_given(pair: str) -> bool:
    return len(pair) == 2 and kind_of(pair)[:2] == "nr"
