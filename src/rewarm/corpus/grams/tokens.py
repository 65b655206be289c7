"""From text to tokens, in one pass over UTF-8 bytes.

A token is a run of letters and digits, or one character of a script that is written without spaces
(Chinese, Japanese, Thai …): Chinese split at punctuation would be one long "word" a clause, and one
edit would change it all. ASCII letters are lowered, full-width forms read as ASCII, zero-width
characters skipped, so that what looks the same is the same. The same pass hashes the folded text.

Everything else in this folder works on the tokens' hashes, 4 bytes each, and never reads text again.
The loop reads Arrow's offsets and bytes and makes no Python object. `plain.py` says the same in
plain Python; a test holds both to identical hashes on any bytes.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.corpus.kernel import kernel
from rewarm.corpus.work import cores

SLICE = 1024
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
# A first line of more tokens is no title.
_TITLE = 32
BAD = 0x110000
SPACE, SYMBOL, WORD, ALONE, NOTHING = 0, 1, 2, 3, 4
_LETTERS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Of each byte: the lowered letter or digit plus one, 0 for any other.
_FOLDED = np.zeros(256, np.uint64)
_FOLDED[list(_LETTERS)] = np.array(list(_LETTERS.lower()), np.uint64) + np.uint64(1)


@dataclass(frozen=True)
class Tokens:
    """exact: uint64 [documents], equal for texts that differ in nothing but case, width and spacing;
    counts: int32 [documents], tokens of each; titles: uint8 [documents], how many of them stand in a
    short first line; hashes: uint32 [sum of counts], document after document."""

    exact: np.ndarray
    counts: np.ndarray
    titles: np.ndarray
    hashes: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """int64 [documents]: where each document's tokens begin."""
        return starts_of(self.counts)

    def of(self, documents: np.ndarray) -> "Tokens":
        """Those of some documents, int64 or a bool mask, in the order given."""
        documents = np.flatnonzero(documents) if documents.dtype == bool else documents
        counts = self.counts[documents]
        hashes = picked(self.hashes, self.starts[documents], counts)
        return Tokens(self.exact[documents], counts, self.titles[documents], hashes)


def starts_of(counts: np.ndarray) -> np.ndarray:
    """int64: where runs of these lengths begin."""
    starts: np.ndarray = np.cumsum(counts, dtype=np.int64) - counts
    return starts


def joined(parts: list[Tokens]) -> Tokens:
    """Several parts, one after the other."""
    empty = of_bytes(np.empty(0, np.uint8), np.zeros(1, np.int64))
    names = ("exact", "counts", "titles", "hashes")
    return Tokens(*(np.concatenate([getattr(part, name) for part in [*parts, empty]]) for name in names))


def tokens_of(texts: pa.ChunkedArray) -> Tokens:
    """The tokens of every text, in threads over slices of documents.

    texts: string or large_string, no nulls.
    """
    parts = []
    for chunk in texts.chunks:
        wide = chunk.cast(pa.large_string())
        for start in range(0, len(wide), SLICE):
            parts.append(wide.slice(start, SLICE))

    def one(part: pa.LargeStringArray) -> Tokens:
        _, offset_buffer, data = part.buffers()
        offsets = np.frombuffer(offset_buffer, np.int64)[part.offset : part.offset + len(part) + 1]
        content = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
        return of_bytes(content, offsets)

    with ThreadPoolExecutor(cores()) as pool:
        return joined(list(pool.map(one, parts)))


def of_bytes(data: np.ndarray, offsets: np.ndarray) -> Tokens:
    """The same from bytes: data: uint8 [bytes]; offsets: int64 [documents + 1]; any bytes will do."""
    documents = len(offsets) - 1
    exact = np.empty(documents, np.uint64)
    counts = np.empty(documents, np.int32)
    titles = np.empty(documents, np.uint8)
    # Two tokens that touch need three bytes at least (one CJK character), others a byte between.
    hashes = np.empty(int(offsets[-1] - offsets[0]) // 2 + 2 * documents, np.uint32)
    filled = _all_tokens(data, offsets, exact, counts, titles, hashes)
    return Tokens(exact, counts, titles, hashes[:filled].copy())


@kernel
def picked(values: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Runs of values, one after the other."""
    picked = np.empty(counts.sum(), values.dtype)
    filled = 0
    for run in range(len(counts)):
        for position in range(starts[run], starts[run] + counts[run]):
            picked[filled] = values[position]
            filled += 1
    return picked


@kernel
def _all_tokens(
    data: np.ndarray,
    offsets: np.ndarray,
    exact: np.ndarray,
    counts: np.ndarray,
    titles: np.ndarray,
    hashes: np.ndarray,
) -> int:
    filled = 0
    for document in range(len(offsets) - 1):
        number, whole, title = _tokens(data, offsets[document], offsets[document + 1], hashes[filled:])
        exact[document] = whole
        counts[document] = number
        titles[document] = title
        filled += number
    return filled


@kernel
def _tokens(data: np.ndarray, start: int, end: int, tokens: np.ndarray) -> tuple[int, np.uint64, int]:
    """Fill `tokens` with hashes; their number, the hash of the folded text, tokens in the title."""
    number = 0
    title = -1
    whole = np.uint64(0)
    word = np.uint64(0)
    inside = False
    spaced = False
    place = start
    while place < end:
        byte = data[place]
        if _FOLDED[byte]:
            # Most of English passes here: a run of letters and digits.
            if spaced and whole != 0:
                whole = (whole ^ np.uint64(0x20)) * MULTIPLIER
            spaced = False
            inside = True
            while place < end and _FOLDED[data[place]]:
                letter = _FOLDED[data[place]]
                whole = (whole ^ letter) * MULTIPLIER
                word = (word ^ letter) * MULTIPLIER
                place += 1
            continue
        if byte < 0x80:
            code: Any = np.int64(byte)
            place += 1
        else:
            code, length = decoded(data, place, end)
            place += length
        if 0xFF01 <= code <= 0xFF5E:
            code -= 0xFEE0
        if 0x41 <= code <= 0x5A:
            code += 0x20
        kind = kind_of(code)
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
            tokens[number] = np.uint32(mixed(word) >> np.uint64(32))
            number += 1
            word = np.uint64(0)
            inside = False
        if code == 0x0A and title < 0 and number:
            title = number
        if kind == ALONE:
            tokens[number] = np.uint32(mixed(np.uint64(code + 1) * MULTIPLIER) >> np.uint64(32))
            number += 1
    if inside:
        tokens[number] = np.uint32(mixed(word) >> np.uint64(32))
        number += 1
    return number, mixed(whole), title if 0 < title <= _TITLE and title < number else 0


@kernel
def decoded(data: np.ndarray, place: int, end: int) -> tuple[int, int]:
    """The code point at `place` and its bytes; a byte that begins none counts as 0x110000 + byte."""
    byte: Any = np.int64(data[place])
    if 0xE1 <= byte <= 0xEC and place + 3 <= end:
        # Most of Chinese.
        second: Any = np.int64(data[place + 1])
        third: Any = np.int64(data[place + 2])
        if second & 0xC0 == 0x80 and third & 0xC0 == 0x80:
            return ((byte & 0x0F) << 12) | ((second & 0x3F) << 6) | (third & 0x3F), 3
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
        following: Any = np.int64(data[place + offset])
        if following & 0xC0 != 0x80:
            return BAD + byte, 1
        code = (code << 6) | (following & 0x3F)
    return code, length


@kernel
def kind_of(code: int) -> int:
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
    if (code <= 0x109F and code >= 0x0E00) or 0x1780 <= code <= 0x17FF:
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
def mixed(value: np.uint64) -> np.uint64:
    """Every bit of the result hangs on every bit of the value (MurmurHash3's finaliser)."""
    value ^= value >> np.uint64(33)
    value *= _MIX
    value ^= value >> np.uint64(33)
    value *= _MIX2
    value ^= value >> np.uint64(33)
    return value
