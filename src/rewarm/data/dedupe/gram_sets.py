"""From text to the set of its 5-grams, in one pass over UTF-8 bytes.

A token is a run of letters and digits, or one character of a script that is written without spaces
(Chinese, Japanese, Thai …): Chinese split at punctuation would be one long "word" a clause, and one
edit would change it all. ASCII letters are lowered, full-width forms read as ASCII, zero-width
characters skipped, so that what looks the same is the same. The grams' hashes stay in the order in
which they first occur: a set needs no sorting when it is compared through a hash table.

Beside the grams stand the document's distinct tokens, with two marks that say what it is about: in
its title (a short first line), and repeated throughout. `same_subject` tells why.

The loop reads Arrow's offsets and bytes and makes no Python object. `plain.py` says the same in
plain Python; a test holds both to identical hashes on any bytes.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.corpus.kernel import kernel
from rewarm.corpus.work import cores

SLICE = 1024
# Entries of the smallest hash table.
_LEAST = 16
# A first line of more tokens is no title.
_TITLE = 32
# A token is repeated throughout when it stands at this share of places, and at two at least.
_THROUGHOUT = 0.004
REPEATED, IN_TITLE = 1, 2
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
BAD = 0x110000
SPACE, SYMBOL, WORD, ALONE, NOTHING = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class GramSets:
    """exact: uint64 [documents], equal for texts that differ in nothing but case, width and spacing;
    counts: int32 [documents], distinct grams of each; grams: uint32 [sum of counts];
    token_counts and tokens, likewise: 30 bits of each distinct token's hash, 4 times, plus its marks."""

    exact: np.ndarray
    counts: np.ndarray
    grams: np.ndarray
    token_counts: np.ndarray
    tokens: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """int64 [documents]: where each document's grams begin."""
        starts: np.ndarray = np.cumsum(self.counts, dtype=np.int64) - self.counts
        return starts

    def of(self, documents: np.ndarray) -> "GramSets":
        """The sets of some documents, int64 or a bool mask, in the order given."""
        documents = np.flatnonzero(documents) if documents.dtype == bool else documents
        counts, token_counts = self.counts[documents], self.token_counts[documents]
        token_starts = np.cumsum(self.token_counts, dtype=np.int64) - self.token_counts
        return GramSets(
            self.exact[documents],
            counts,
            _picked(self.grams, self.starts[documents], counts),
            token_counts,
            _picked(self.tokens, token_starts[documents], token_counts),
        )


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
    return joined(done or [of_bytes(np.empty(0, np.uint8), np.zeros(1, np.int64), size)])


def joined(parts: list[GramSets]) -> GramSets:
    """The sets of several parts, one after the other."""
    names = [field.name for field in fields(GramSets)]
    return GramSets(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


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
    vocabulary = np.empty(len(grams), np.uint32)
    token_counts = np.empty(documents, np.int32)
    filled, known = _gram_sets(
        data, offsets, size, tokens, table, exact, counts, grams, token_counts, vocabulary,
        np.empty(len(tokens), np.int32),
    )  # fmt: skip
    return GramSets(exact, counts, grams[:filled].copy(), token_counts, vocabulary[:known].copy())


@kernel
def _picked(values: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Runs of values, one after the other."""
    picked = np.empty(counts.sum(), values.dtype)
    filled = 0
    for run in range(len(counts)):
        for position in range(starts[run], starts[run] + counts[run]):
            picked[filled] = values[position]
            filled += 1
    return picked


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
    token_counts: np.ndarray,
    vocabulary: np.ndarray,
    times: np.ndarray,
) -> tuple[int, int]:
    power = np.uint64(1)
    for _ in range(size):
        power *= MULTIPLIER
    filled = 0
    known = 0
    for document in range(len(offsets) - 1):
        number, whole, title = _tokens(data, offsets[document], offsets[document + 1], tokens)
        exact[document] = whole
        wanted = _LEAST
        while wanted < 2 * number:
            wanted *= 2
        mask = np.uint64(wanted - 1)
        # A document's number marks its entries, so that it is never emptied: odd for grams, even for tokens.
        stamp = np.uint64(2 * document + 1) << np.uint64(32)
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
        stamp = np.uint64(2 * document + 2) << np.uint64(32)
        token_counts[document] = _vocabulary(
            tokens[:number], title, table, mask, stamp, vocabulary[known:], times
        )
        known += token_counts[document]
    return filled, known


@kernel
def _vocabulary(
    tokens: np.ndarray,
    title: int,
    table: np.ndarray,
    mask: np.uint64,
    stamp: np.uint64,
    vocabulary: np.ndarray,
    times: np.ndarray,
) -> int:
    """Write the distinct tokens with their marks; their number."""
    low = np.uint64(0xFFFFFFFF)
    known = 0
    for position in range(len(tokens)):
        token = tokens[position] >> np.uint64(34)
        place = token & mask
        found: Any = -1
        while (table[place] >> np.uint64(32)) == (stamp >> np.uint64(32)):
            number: Any = np.int64(table[place] & low)
            if np.uint64(vocabulary[number] >> np.uint32(2)) == token:
                found = number
                break
            place = (place + np.uint64(1)) & mask
        if found < 0:
            found = known
            table[place] = stamp | np.uint64(known)
            mark = IN_TITLE if position < title else 0
            vocabulary[known] = np.uint32((token << np.uint64(2)) | np.uint64(mark))
            times[known] = 0
            known += 1
        times[found] += 1
    least = max(2, _THROUGHOUT * len(tokens))
    for number in range(known):
        if times[number] >= least:
            vocabulary[number] |= np.uint32(REPEATED)
    return known


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
        if byte < 0x80:
            code: Any = np.int64(byte)
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
        if code == 0x0A and title < 0 and number:
            title = number
        if kind == ALONE:
            tokens[number] = _mixed(np.uint64(code + 1) * MULTIPLIER)
            number += 1
    if inside:
        tokens[number] = _mixed(word)
        number += 1
    return number, _mixed(whole), title if 0 < title <= _TITLE and title < number else 0


@kernel
def _decoded(data: np.ndarray, place: int, end: int) -> tuple[int, int]:
    """The code point at `place` and its bytes; a byte that begins none counts as 0x110000 + byte."""
    byte: Any = np.int64(data[place])
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
def _mixed(value: np.uint64) -> np.uint64:
    """Every bit of the result hangs on every bit of the value (MurmurHash3's finaliser)."""
    value ^= value >> np.uint64(33)
    value *= _MIX
    value ^= value >> np.uint64(33)
    value *= _MIX2
    value ^= value >> np.uint64(33)
    return value
