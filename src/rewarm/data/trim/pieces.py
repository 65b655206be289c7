"""From text to tokens that know where sentences begin, in one pass over UTF-8 bytes.

A token is a word or one character of a script without spaces, folded as `dedupe` folds them. Prose
punctuation says nothing, so that a copy with other quotes or commas is one; operators do: they go into
the hash of the token behind them, else `a + b` would be a copy of `a - b`. The lowest bit says which kind
of token it is, so a length can be counted by words and by characters in one stream.

A line begins a sentence. So does what follows 。！？, and what follows .!? and a space, unless it is in
small letters (`e.g. this`) or the stop stands behind its sentence's first word (`1. Keys`). What is cut lies
between two such bounds. Quotes and brackets that close a sentence belong to it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewarm.text.grams.kinds import ALONE, NOTHING, SPACE, WORD, decoded, kind_of
from rewarm.text.grams.tokens import MULTIPLIER, mixed
from rewarm.text.kernel import kernel

SENTENCE, LINE = 1, 2
OPERATORS = "+=<>^%&$@\\/{}|~"
CLOSERS = "\"')]”’」』）】》〉"
_OPERATOR, _CLOSER = np.zeros(128, np.bool_), np.zeros(128, np.bool_)
_OPERATOR[[ord(letter) for letter in OPERATORS]] = True
_CLOSER[[ord(letter) for letter in CLOSERS if letter < "\x80"]] = True


@dataclass(frozen=True)
class Pieces:
    """tokens: uint32, the lowest bit set for a character that stands alone; begins: uint8, 1 where a
    sentence begins, 2 where a line does; counts: int64 [documents]."""

    tokens: np.ndarray
    begins: np.ndarray
    counts: np.ndarray


def pieces_of(data: np.ndarray, offsets: np.ndarray, wanted: np.ndarray) -> Pieces:
    """data: uint8 [bytes], any; offsets: int64 [documents + 1]; wanted: bool [documents], others get none."""
    sizes = np.where(wanted, offsets[1:] - offsets[:-1], 0)
    # Two tokens that touch need three bytes at least (one CJK character), others a byte between.
    room = int(sizes.sum()) // 2 + 2 * len(sizes)
    tokens, begins = np.empty(room, np.uint32), np.empty(room, np.uint8)
    counts = np.zeros(len(sizes), np.int64)
    filled = _all(data, offsets, wanted, tokens, begins, counts)
    return Pieces(tokens[:filled].copy(), begins[:filled].copy(), counts)


def places_of(content: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One document's tokens, begins, bounds and ends, these two in bytes.

    bounds: int64 [tokens], where the sentence that a token begins does, spaces and brackets before the
    token included; at other tokens the token's own start. ends: int64 [tokens], past its last byte.
    """
    data = np.frombuffer(content, np.uint8)
    room = len(data) // 2 + 2
    tokens, begins = np.empty(room, np.uint32), np.empty(room, np.uint8)
    bounds, ends = np.empty(room, np.int64), np.empty(room, np.int64)
    count = fill(data, 0, len(data), tokens, begins, bounds, ends, True)
    return tokens[:count], begins[:count], bounds[:count], ends[:count]


@kernel
def _all(
    data: np.ndarray,
    offsets: np.ndarray,
    wanted: np.ndarray,
    tokens: np.ndarray,
    begins: np.ndarray,
    counts: np.ndarray,
) -> int:
    filled = 0
    nowhere = np.empty(0, np.int64)
    for document in range(len(offsets) - 1):
        if wanted[document]:
            start, end = offsets[document], offsets[document + 1]
            counts[document] = fill(
                data, start, end, tokens[filled:], begins[filled:], nowhere, nowhere, False
            )
            filled += counts[document]
    return filled


@kernel
def fill(
    data: np.ndarray,
    start: int,
    end: int,
    tokens: np.ndarray,
    begins: np.ndarray,
    bounds: np.ndarray,
    ends: np.ndarray,
    placed: bool,
) -> int:
    """Write a document's tokens, and where they stand if `placed`; their number."""
    filled = 0
    word = np.uint64(0)
    mark = np.uint64(0)
    inside = False
    # What ended before the next token: 0 nothing, 1 a full stop, 2 one and a space, 3 。, 4 a line.
    ended = 4
    # The token that began the sentence: a full stop right behind it is no end (`1. Keys`, `Dr. Smith`).
    first = -1
    # Where the next sentence begins; `closing` while it is not known yet.
    bound = start
    closing = False
    place = start
    while place < end:
        here = place
        code: Any = np.int64(data[place])
        length = 1
        if code >= 0x80:
            code, length = decoded(data, place, end)
        place += length
        hard = code == 0x3002 or code == 0xFF01 or code == 0xFF1F or code == 0xFF61
        if 0xFF01 <= code <= 0xFF5E:
            code -= 0xFEE0
        small = 0x61 <= code <= 0x7A
        if 0x41 <= code <= 0x5A:
            code += 0x20
        kind = kind_of(code)
        if kind == NOTHING:
            continue
        if inside and kind != WORD:
            tokens[filled] = np.uint32(mixed(word) >> np.uint64(32)) & np.uint32(0xFFFFFFFE)
            if placed:
                ends[filled] = here
            filled += 1
            word = np.uint64(0)
            inside = False
        if kind == SPACE:
            if code == 0x0A or code == 0x0D:
                ended, bound, closing = 4, place, False
            elif ended == 1:
                ended = 2
            continue
        if kind in (WORD, ALONE):
            if not inside:
                if closing:
                    bound, closing = here, False
                begins[filled] = 0
                if ended == 4:
                    begins[filled] = LINE
                elif ended == 3 or (ended == 2 and not small):
                    begins[filled] = SENTENCE
                if begins[filled]:
                    first = filled
                if placed:
                    bounds[filled] = bound if begins[filled] else here
                word = mark
                mark = np.uint64(0)
                ended = 0
            word = (word ^ np.uint64(code + 1)) * MULTIPLIER
            inside = True
            if kind == ALONE:
                tokens[filled] = np.uint32(mixed(word) >> np.uint64(32)) | np.uint32(1)
                if placed:
                    ends[filled] = place
                filled += 1
                word = np.uint64(0)
                inside = False
            continue
        if hard or code == 0x2E or code == 0x21 or code == 0x3F:
            if ended != 4 and (hard or first < filled - 1):
                ended = 3 if hard else max(ended, 1)
                closing = True
            continue
        if code < 0x80 and _OPERATOR[code]:
            mark = (mark ^ np.uint64(code + 1)) * MULTIPLIER
        if closing and not (_closes(code) and data[here - 1] > 0x20):
            bound, closing = here, False
    if inside:
        tokens[filled] = np.uint32(mixed(word) >> np.uint64(32)) & np.uint32(0xFFFFFFFE)
        if placed:
            ends[filled] = end
        filled += 1
    return filled


@kernel
def _closes(code: int) -> bool:
    """Quotes and brackets that end with the sentence before them."""
    if code < 0x80:
        return bool(_CLOSER[code])
    return (
        code == 0x201D
        or code == 0x2019
        or code == 0x300D
        or code == 0x300F
        or code == 0x3011
        or code == 0x300B
        or code == 0x3009
    )
