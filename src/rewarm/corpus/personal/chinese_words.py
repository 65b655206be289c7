"""Chinese words with how often they stand in text, surnames among them, and the best cut of a few characters.

jieba's dictionary (MIT), with words of lists of our own that look like names and are none.
"""

import math
from functools import lru_cache

from rewarm.corpus.personal.name_lists import COMMON_GIVEN, COMPOUND, SURNAMES, packed, words
from rewarm.corpus.personal.places import CITIES, PROVINCES

TOTAL = math.log(60_101_967)
_UNKNOWN = math.log(3) - TOTAL
# What words have at least that stand in text by more than chance.
_SELDOM = math.log(10) - TOTAL
# Characters that hardly stand alone but as a surname: their own frequency is that of names.
_ONLY_SURNAMES = "".join(words("chinese_only_surnames"))
_BORNE = 2.5
_SOUNDS = frozenset("".join(words("chinese_transliteration")))
COMPOUNDS = frozenset(COMPOUND)
_RARE_SURNAMES = "".join(words("chinese_surnames_rare"))
ALL_SURNAMES = SURNAMES + _RARE_SURNAMES


@lru_cache(maxsize=1)
def shares() -> dict[str, float]:
    """Word → log share of all words."""
    counted: dict[str, float] = {}
    for line in packed("chinese_words"):
        word, times = line.split()
        counted[word] = math.log(int(times)) - TOTAL
    for place in (*PROVINCES, *CITIES):
        counted[place] = max(counted.get(place, _UNKNOWN), math.log(400) - TOTAL)
    for word in packed("chinese_no_names"):
        counted[word] = max(counted.get(word, _UNKNOWN), math.log(2000) - TOTAL)
    # Where a window cuts a long foreign name, its end must not look like a Chinese one: 摩根|士丹利.
    for word in (*packed("chinese_famous"), *packed("chinese_no_names")):
        if len(word) > 4 and word[-3] in ALL_SURNAMES and all(letter in _SOUNDS for letter in word[-3:]):
            counted[word[-3:]] = math.log(2000) - TOTAL
    for word in packed("chinese_phrases"):
        counted[word] = max(counted.get(word, _UNKNOWN), math.log(60) - TOTAL)
    for word in packed("chinese_famous"):
        counted[word] = max(counted.get(word, _UNKNOWN), math.log(100) - TOTAL)
    for word in counted:
        if (
            len(word) == 2
            and word not in CITIES
            and (word in COMPOUNDS or (word[0] in COMMON_GIVEN and word[1] in COMMON_GIVEN))
        ):
            counted[word] -= _BORNE
    for surname in _ONLY_SURNAMES:
        counted[surname] = counted.get(surname, _UNKNOWN) - _BORNE
    return counted


def best_cut(window: str) -> tuple[list[float], list[float]]:
    """For every place, the log probability of the best cut into words before it, and behind it."""
    share = shares().get
    size = len(window)
    head, tail = [0.0] * (size + 1), [0.0] * (size + 1)
    for end in range(1, size + 1):
        most = head[end - 1] + share(window[end - 1], _UNKNOWN)
        for start in range(end - 2, max(-1, end - 5), -1):
            word = share(window[start:end])
            if word is not None and head[start] + word > most:
                most = head[start] + word
        head[end] = most
    for start in range(size - 1, -1, -1):
        most = tail[start + 1] + share(window[start], _UNKNOWN)
        for end in range(start + 2, min(size, start + 4) + 1):
            word = share(window[start:end])
            if word is not None and tail[end] + word > most:
                most = tail[end] + word
        tail[start] = most
    return head, tail


def is_word_end(text: str, at: int) -> bool:
    """Whether the character ends a word with those before: 对方, 老师, 律政司; not 居委会|展."""
    if not is_han(text, at - 1):
        return False
    if is_han(text, at - 2) and shares().get(text[at - 2 : at + 1], -99.0) > _SELDOM:
        return True
    share = shares().get(text[at - 1 : at + 1], -99.0)
    if share <= _SELDOM:
        return False
    return not is_han(text, at - 3) or shares().get(text[at - 3 : at], -99.0) <= share


def is_word(text: str) -> bool:
    """Whether the characters are a word that is no rare one."""
    return shares().get(text, -99.0) > math.log(100) - TOTAL


def is_han(text: str, at: int) -> bool:
    return 0 <= at < len(text) and "\u4e00" <= text[at] <= "\u9fff"
