"""What hangs on words, runs between white space, and on runs of them."""

import numpy as np

from rewarm.data.clean.hash_table import MULTIPLIER, ONE, hash_table, slot_of
from rewarm.data.clean.measures import MEASURES
from rewarm.data.clean.repeats import MARGIN, repeats
from rewarm.text.characters import ALPHA, PUNCTUATION, SPACE
from rewarm.text.kernel import kernel

# Columns of a row.
_WORDS = MEASURES.index("words")
_MEAN_WORD_LENGTH = MEASURES.index("mean_word_length")
_HASH_RATIO = MEASURES.index("hash_ratio")
_ELLIPSIS_RATIO = MEASURES.index("ellipsis_ratio")
_ALPHA_WORDS = MEASURES.index("alpha_words")
_STOP_WORDS = MEASURES.index("stop_words")
_TOP_2GRAM = MEASURES.index("top_2gram")
_NEWLINE_RATIO = MEASURES.index("newline_ratio")
_HASH, _DOT, _ELLIPSIS = 0x23, 0x2E, 0x2026
_COUNTED_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")


def _hash_of(word: str) -> np.uint64:
    value = 0
    for letter in word:
        value = (value ^ (ord(letter) + 1)) * int(MULTIPLIER) & (1 << 64) - 1
    return np.uint64(value)


_STOPS = np.array([_hash_of(word) for word in _COUNTED_WORDS], np.uint64)


@kernel
def measure_words(text: np.ndarray, flags: np.ndarray, row: np.ndarray) -> None:
    """Write the measures of words and of runs of words into a document's row.

    text: uint32 [characters], code points; flags: uint8 [code points]; row: float64 [measures].
    """
    size = len(text)
    most = size // 2 + 1
    hashes = np.empty(most, np.uint64)
    ends = np.zeros(most + 1, np.int64)
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
        hashes[words] = value
        words += 1
        ends[words] = ends[words - 1] + place - start
        alpha += has_alpha
        if is_word:
            plain += 1
            plain_chars += place - start
        for stop in range(len(_STOPS)):
            if value == _STOPS[stop]:
                stops[stop] = True
    row[_WORDS] = plain
    row[_STOP_WORDS] = stops.sum()
    if plain:
        row[_MEAN_WORD_LENGTH] = plain_chars / plain
    if words:
        row[_HASH_RATIO], row[_ELLIPSIS_RATIO], row[_ALPHA_WORDS] = signs / words, dots / words, alpha / words
        row[_NEWLINE_RATIO] /= words
    names = np.zeros(words + MARGIN, np.uint32)
    _name(hashes[:words], names)
    found = repeats(names, ends[: words + 1], 1, 10)
    for gram in range(2, 11):
        row[_TOP_2GRAM - 2 + gram] = found[gram] / max(1, size)


@kernel
def _name(hashes: np.ndarray, names: np.ndarray) -> None:
    """A number for each word that stands more than once, 0 for the others."""
    table = hash_table(len(hashes))
    often = np.zeros(len(table), np.uint32)
    for at in range(len(hashes)):
        slot = slot_of(table, hashes[at])
        table[slot] = hashes[at] | ONE
        often[slot] += np.uint32(1)
        names[at] = slot
    for at in range(len(hashes)):
        slot = names[at]
        names[at] = slot + np.uint32(1) if often[slot] > 1 else np.uint32(0)
