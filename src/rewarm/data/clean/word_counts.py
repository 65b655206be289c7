"""What hangs on words, runs between white space, and on runs of them."""

import numpy as np

from rewarm.corpus.characters import ALPHA, PUNCTUATION, SPACE
from rewarm.corpus.kernel import kernel
from rewarm.data.clean.hash_table import MULTIPLIER, ONE, hash_table, slot_of, was_seen

_HASH, _DOT, _ELLIPSIS = 0x23, 0x2E, 0x2026
_STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")


def _hash_of(word: str) -> np.uint64:
    value = 0
    for letter in word:
        value = (value ^ (ord(letter) + 1)) * int(MULTIPLIER) & (1 << 64) - 1
    return np.uint64(value)


_STOPS = np.array([_hash_of(word) for word in _STOP_WORDS], np.uint64)


@kernel
def measure_words(text: np.ndarray, flags: np.ndarray, row: np.ndarray) -> None:
    """What hangs on words and on runs of them."""
    size = len(text)
    most = size // 2 + 1
    hashes = np.empty(most, np.uint64)
    lengths = np.empty(most, np.int64)
    words = plain = plain_chars = alpha = 0
    stops = np.zeros(len(_STOPS), np.bool_)
    place = 0
    signs = dots = 0
    while place < size:
        if flags[text[place]] & SPACE:
            place += 1
            continue
        start = place
        value = np.uint64(0)
        has_alpha, is_word = False, False
        while place < size and flags[text[place]] & SPACE == 0:
            flag = flags[text[place]]
            has_alpha |= flag & ALPHA != 0
            is_word |= flag & PUNCTUATION == 0
            value = (value ^ np.uint64(text[place] + 1)) * MULTIPLIER
            if text[place] == _HASH:
                signs += 1
            elif text[place] == _ELLIPSIS:
                dots += 1
            place += 1
        # `...` counts once for three dots that follow each other, as str.count does.
        run = 0
        for at in range(start, place):
            run = run + 1 if text[at] == _DOT else 0
            if run == 3:
                dots += 1
                run = 0
        hashes[words], lengths[words] = value, place - start
        words += 1
        alpha += has_alpha
        if is_word:
            plain += 1
            plain_chars += place - start
        for stop in range(len(_STOPS)):
            if value == _STOPS[stop]:
                stops[stop] = True
    row[6] = plain
    row[13] = stops.sum()
    if plain:
        row[7] = plain_chars / plain
    if words:
        row[8], row[9], row[12] = signs / words, dots / words, alpha / words
        row[30] /= words
    for gram in range(2, 5):
        row[16 + gram] = _top(hashes[:words], lengths[:words], gram) / max(1, size)
    for gram in range(5, 11):
        row[16 + gram] = _repeated(hashes[:words], lengths[:words], gram) / max(1, size)
    if row[5] > 0:
        letters = np.empty(size, np.uint64)
        count = 0
        for code in text:
            if flags[code] & SPACE == 0:
                letters[count] = np.uint64(code + 1)
                count += 1
        ones = np.ones(count, np.int64)
        row[34] = _repeated(letters[:count], ones, 13) / max(1, count)


@kernel
def _gram(hashes: np.ndarray, at: int, gram: int) -> np.uint64:
    value = np.uint64(0)
    for offset in range(gram):
        value = (value ^ (hashes[at + offset] >> np.uint64(7)) ^ hashes[at + offset]) * MULTIPLIER
        value ^= value >> np.uint64(29)
    return value


@kernel
def _top(hashes: np.ndarray, lengths: np.ndarray, gram: int) -> int:
    """Characters of the most frequent gram times how often it stands; the earliest of equals."""
    grams = len(hashes) - gram + 1
    if grams < 1:
        return 0
    table = hash_table(grams)
    count = np.zeros(len(table), np.int64)
    first = np.zeros(len(table), np.int64)
    for at in range(grams):
        value = _gram(hashes, at, gram)
        slot = slot_of(table, value)
        if table[slot] == 0:
            table[slot] = value | ONE
            first[slot] = at
        count[slot] += 1
    best = -1
    for slot in range(len(table)):
        if count[slot] and (
            best < 0
            or count[slot] > count[best]
            or (count[slot] == count[best] and first[slot] < first[best])
        ):
            best = slot
    chars: int = (lengths[first[best] : first[best] + gram].sum() + gram - 1) * count[best]
    return chars


@kernel
def _repeated(hashes: np.ndarray, lengths: np.ndarray, gram: int) -> int:
    """Characters in grams that stood before, none counted twice."""
    grams = len(hashes) - gram + 1
    if grams < 1:
        return 0
    table = hash_table(grams)
    chars = 0
    at = 0
    while at < grams:
        if was_seen(table, _gram(hashes, at, gram)):
            chars += lengths[at : at + gram].sum()
            at += gram
        else:
            at += 1
    return chars
