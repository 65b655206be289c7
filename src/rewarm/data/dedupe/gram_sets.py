"""From text to the set of its 5-grams, in one pass over UTF-8 bytes.

A token is a run of letters and digits, or one character of a script that is written without spaces
(Chinese, Japanese, Thai …): Chinese split at punctuation would be one long "word" a clause, and one
edit would change it all. ASCII letters are lowered, full-width forms read as ASCII, zero-width
characters skipped, so that what looks the same is the same. The grams' hashes stay in the order in
which they first occur: a set needs no sorting when it is compared through a hash table.

The loop reads Arrow's offsets and bytes and makes no Python object. `plain.py` says the same in
plain Python; a test holds both to identical hashes on any bytes.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rewarm.corpus.kernel import kernel
from rewarm.corpus.work import cores

SLICE = 1024
# Entries of the smallest hash table.
_LEAST = 16
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
BAD = 0x110000
SPACE, SYMBOL, WORD, ALONE, NOTHING = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class GramSets:
    """exact: uint64 [documents], equal for texts that differ in nothing but case, width and spacing;
    counts: int32 [documents], distinct grams of each; grams: uint32 [sum of counts]."""

    exact: np.ndarray
    counts: np.ndarray
    grams: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """int64 [documents]: where each document's grams begin."""
        return np.cumsum(self.counts, dtype=np.int64) - self.counts


def gram_sets(texts: pa.ChunkedArray, size: int) -> GramSets:
    """The sets of `size`-grams of every text, in threads over slices of documents.

    texts: string or large_string, no nulls. A text of fewer tokens is one gram; without any, none.
    """
    parts = []
    for chunk in texts.chunks:
        wide = chunk.cast(pa.large_string())
        for start in range(0, len(wide), SLICE):
            parts.append(wide.slice(start, SLICE))

    def one(part: pa.LargeStringArray) -> GramSets:
        _, offset_buffer, data = part.buffers()
        offsets = np.frombuffer(offset_buffer, np.int64)[part.offset : part.offset + len(part) + 1]
        content = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
        return of_bytes(content, offsets, size)

    with ThreadPoolExecutor(cores()) as pool:
        done = list(pool.map(one, parts))
    empty = GramSets(np.empty(0, np.uint64), np.empty(0, np.int32), np.empty(0, np.uint32))
    done = done or [empty]
    return GramSets(
        np.concatenate([part.exact for part in done]),
        np.concatenate([part.counts for part in done]),
        np.concatenate([part.grams for part in done]),
    )


def of_bytes(data: np.ndarray, offsets: np.ndarray, size: int) -> GramSets:
    """The same from bytes: data: uint8 [bytes]; offsets: int64 [documents + 1]; any bytes will do."""
    documents = len(offsets) - 1
    exact = np.empty(documents, np.uint64)
    counts = np.empty(documents, np.int32)
    longest = int(np.diff(offsets).max()) if documents else 0
    # Two tokens that touch need three bytes at least (one CJK character), others a byte between.
    tokens = np.empty(longest // 2 + 2, np.uint64)
    table = np.zeros(max(_LEAST, 1 << (2 * len(tokens) - 1).bit_length()), np.uint64)
    grams = np.empty(int(offsets[-1] - offsets[0]) // 2 + 2 * documents, np.uint32)
    filled = _gram_sets(data, offsets, size, tokens, table, exact, counts, grams)
    return GramSets(exact, counts, grams[:filled].copy())


@kernel
def _gram_sets(
    data: np.ndarray,
    offsets: np.ndarray,
    size: int,
    tokens: np.ndarray,
    table: np.ndarray,
    exact: np.ndarray,
    counts: np.ndarray,
    grams: np.ndarray,
) -> int:
    power = np.uint64(1)
    for _ in range(size):
        power *= MULTIPLIER
    filled = 0
    for document in range(len(offsets) - 1):
        number, whole = _tokens(data, offsets[document], offsets[document + 1], tokens)
        exact[document] = whole
        wanted = _LEAST
        while wanted < 2 * number:
            wanted *= 2
        mask = np.uint64(wanted - 1)
        # A document's number marks its entries, so the table is never emptied.
        stamp = np.uint64(document + 1) << np.uint64(32)
        first = filled
        rolled = np.uint64(0)
        for position in range(number):
            rolled = rolled * MULTIPLIER + tokens[position]
            if position >= size:
                rolled -= tokens[position - size] * power
            if position < size - 1 and position < number - 1:
                continue
            gram = _mixed(rolled) >> np.uint64(32)
            entry = stamp | gram
            place = gram & mask
            while (table[place] >> np.uint64(32)) == (stamp >> np.uint64(32)) and table[place] != entry:
                place = (place + np.uint64(1)) & mask
            if table[place] != entry:
                table[place] = entry
                grams[filled] = np.uint32(gram)
                filled += 1
        counts[document] = filled - first
    return filled


@kernel
def _tokens(data: np.ndarray, start: int, end: int, tokens: np.ndarray) -> tuple[int, np.uint64]:
    """Fill `tokens` with hashes; their number, and the hash of the folded text."""
    number = 0
    whole = np.uint64(0)
    word = np.uint64(0)
    inside = False
    spaced = False
    place = start
    while place < end:
        byte = data[place]
        if byte < 0x80:
            code = np.int64(byte)
            place += 1
        else:
            code, length = _decoded(data, place, end)
            place += length
        if 0xFF01 <= code <= 0xFF5E:
            code -= 0xFEE0
        if 0x41 <= code <= 0x5A:
            code += 0x20
        kind = _kind(code)
        if kind == NOTHING:
            continue
        if kind == SPACE:
            spaced = True
        else:
            if spaced and whole != 0:
                whole = (whole ^ np.uint64(0x20)) * MULTIPLIER
            spaced = False
            whole = (whole ^ np.uint64(code + 1)) * MULTIPLIER
        if kind == WORD:
            word = (word ^ np.uint64(code + 1)) * MULTIPLIER
            inside = True
            continue
        if inside:
            tokens[number] = _mixed(word)
            number += 1
            word = np.uint64(0)
            inside = False
        if kind == ALONE:
            tokens[number] = _mixed(np.uint64(code + 1) * MULTIPLIER)
            number += 1
    if inside:
        tokens[number] = _mixed(word)
        number += 1
    return number, _mixed(whole)


@kernel
def _decoded(data: np.ndarray, place: int, end: int) -> tuple[int, int]:
    """The code point at `place` and its bytes; a byte that begins none counts as 0x110000 + byte."""
    byte = np.int64(data[place])
    if 0xC2 <= byte <= 0xDF:
        length, code = 2, byte & 0x1F
    elif 0xE0 <= byte <= 0xEF:
        length, code = 3, byte & 0x0F
    elif 0xF0 <= byte <= 0xF4:
        length, code = 4, byte & 0x07
    else:
        return BAD + byte, 1
    if place + length > end:
        return BAD + byte, 1
    for offset in range(1, length):
        following = np.int64(data[place + offset])
        if following & 0xC0 != 0x80:
            return BAD + byte, 1
        code = (code << 6) | (following & 0x3F)
    return code, length


@kernel
def _kind(code: int) -> int:
    """What a folded code point is to the tokens. Runs of ranges, the frequent first."""
    if code < 0x80:
        if 0x61 <= code <= 0x7A or 0x30 <= code <= 0x39:
            return WORD
        return SPACE if code <= 0x20 or code == 0x7F else SYMBOL
    if 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x3040 <= code <= 0x30FF:
        return ALONE
    if code < 0x0E00:
        if code >= 0xC0:
            return SYMBOL if code == 0xD7 or code == 0xF7 else WORD
        if code == 0x85 or code == 0xA0:
            return SPACE
        if code == 0xAD:
            return NOTHING
        return WORD if code == 0xAA or code == 0xB5 or code == 0xBA else SYMBOL
    # Thai, Lao, Tibetan, Burmese; Khmer.
    if code <= 0x109F and code >= 0x0E00 or 0x1780 <= code <= 0x17FF:
        return ALONE
    if 0x2000 <= code <= 0x303F:
        if 0x200B <= code <= 0x200F or 0x202A <= code <= 0x202E or 0x2060 <= code <= 0x2064:
            return NOTHING
        if code <= 0x200A or code == 0x2028 or code == 0x2029 or code == 0x202F or code == 0x205F:
            return SPACE
        if code == 0x3000:
            return SPACE
        return WORD if 0x2C00 <= code <= 0x2DFF or code == 0x3005 or code == 0x3007 else SYMBOL
    if 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF:
        return ALONE
    if code == 0xFEFF or 0xFE00 <= code <= 0xFE0F:
        return NOTHING
    if 0xE000 <= code <= 0xF8FF or 0xFE10 <= code <= 0xFE6F or 0x1F000 <= code <= 0x1FAFF:
        return SYMBOL
    if 0xFF5F <= code <= 0xFF65 or 0xFFE0 <= code <= 0xFFFF:
        return SYMBOL
    return WORD


@kernel
def _mixed(value: np.uint64) -> np.uint64:
    """Every bit of the result hangs on every bit of the value (MurmurHash3's finaliser)."""
    value ^= value >> np.uint64(33)
    value *= _MIX
    value ^= value >> np.uint64(33)
    value *= _MIX2
    value ^= value >> np.uint64(33)
    return value
