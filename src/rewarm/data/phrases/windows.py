"""Windows of tokens, hashed in one pass: eight words, or twelve characters of Chinese.

A token is a run of letters and digits (ASCII lowered), or one Han character. What lies between is
left out, so that punctuation and spacing hide no phrase; masked characters break a window.
"""

from dataclasses import dataclass

import numpy as np

from rewarm.corpus.tables.masks import Spans
from rewarm.text.characters import ALPHA, HAN, NUMERIC, SPACE, codes, flags
from rewarm.text.grams.tokens import MULTIPLIER, mixed
from rewarm.text.kernel import kernel

_CHINESE = 0.3


@dataclass(frozen=True)
class Windows:
    """starts, ends: int64 [tokens], characters in the document; hashes: uint64 [windows], window i is of the
    tokens from i on; size: tokens in a window; broken: bool [windows], those that touch what is masked."""

    starts: np.ndarray
    ends: np.ndarray
    hashes: np.ndarray
    size: int
    broken: np.ndarray


def windows(text: str, spans: Spans, words: int, chars: int) -> Windows:
    """Those of one text."""
    most = len(text) + 1
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    tokens = np.empty(most, np.uint64)
    number, solid, han = _tokens(codes(text), flags(), starts, ends, tokens)
    starts, ends = starts[:number], ends[:number]
    size = chars if han > _CHINESE * max(1, solid) else words
    hashes = _rolled(tokens[:number], size)
    broken = np.zeros(len(hashes), bool)
    for start, end in spans:
        first = int(np.searchsorted(ends, start, side="right"))
        last = int(np.searchsorted(starts, end, side="left"))
        if last > first:
            broken[max(0, first - size + 1) : last] = True
    return Windows(starts, ends, hashes, size, broken)


@kernel
def _tokens(
    codes: np.ndarray, flags: np.ndarray, starts: np.ndarray, ends: np.ndarray, tokens: np.ndarray
) -> tuple[int, int, int]:
    """Fills the arrays; number of tokens, characters that are no space, Han characters."""
    number = solid = han = 0
    place = 0
    while place < len(codes):
        flag = flags[codes[place]]
        if flag & SPACE == 0:
            solid += 1
        if flag & HAN:
            han += 1
            starts[number], ends[number] = place, place + 1
            tokens[number] = mixed(np.uint64(codes[place] + 1) * MULTIPLIER)
            number += 1
            place += 1
        elif flag & (ALPHA | NUMERIC):
            starts[number] = place
            value = np.uint64(0)
            while place < len(codes):
                flag = flags[codes[place]]
                if flag & (ALPHA | NUMERIC) == 0 or flag & HAN:
                    break
                code = codes[place]
                if 0x41 <= code <= 0x5A:
                    code += np.uint32(0x20)
                value = (value ^ np.uint64(code + 1)) * MULTIPLIER
                solid += 1
                place += 1
            solid -= 1
            ends[number] = place
            tokens[number] = mixed(value)
            number += 1
        else:
            place += 1
    return number, solid, han


@kernel
def _rolled(tokens: np.ndarray, size: int) -> np.ndarray:
    """uint64 [tokens - size + 1]: a polynomial of each window, rolled on, mixed."""
    number = len(tokens) - size + 1
    if number < 1:
        return np.empty(0, np.uint64)
    out = np.empty(number, np.uint64)
    power = np.uint64(1)
    for _ in range(size):
        power *= MULTIPLIER
    value = np.uint64(0)
    for at in range(len(tokens)):
        value = value * MULTIPLIER + tokens[at]
        if at >= size:
            value -= tokens[at - size] * power
        if at >= size - 1:
            out[at - size + 1] = mixed(value)
    return out
