"""From text to tokens, in one pass over UTF-8 bytes.

A token is a run of letters and digits, or one character of a script that is written without spaces
(Chinese, Japanese, Thai …): Chinese split at punctuation would be one long "word" a clause, and one
edit would change it all. ASCII letters are lowered, full-width forms read as ASCII, zero-width
characters skipped, so that what looks the same is the same. The same pass hashes the folded text.

Everything else in this folder works on the tokens' hashes, 4 bytes each, and never reads text again.
The loop reads Arrow's offsets and bytes and makes no Python object. `plain.py` says the same in
plain Python; a test holds both to identical hashes on any bytes.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.engine.work import cores
from rewarm.text.grams.characters import (
    A_SPACE,
    IN_TOKEN,
    IN_WORD,
    NEWLINE,
    SPACED,
    VALUE,
    read,
    table_of_characters,
)
from rewarm.text.kernel import kernel

# Documents at a time: few enough that the memory for them is used again, not asked of the system anew.
SLICE = 256
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
# A first line of more tokens is no title.
_TITLE = 32
# Characters at a time, so that all scratch of a thread stays in the nearest cache.
_BLOCK = 2048
# In a step, the bit that says whether a token ends.
_ENDS = np.uint32(30)


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
    return joined(list(token_parts(texts.chunks)))


def token_parts(texts: Iterable[pa.Array]) -> Iterator[Tokens]:
    """The tokens of every text, slice by slice in their order; no more than a few slices are held.

    texts: as they are read, each string or large_string, no nulls.
    """
    with ThreadPoolExecutor(cores()) as pool:
        begun: deque[Future[Tokens]] = deque()
        for text in texts:
            for first in range(0, len(text), SLICE):
                begun.append(pool.submit(_of_texts, text.slice(first, SLICE)))
                if len(begun) > 2 * cores():
                    yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _of_texts(texts: pa.Array) -> Tokens:
    texts = texts.cast(pa.large_string())
    _, offset_buffer, data = texts.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return of_bytes(content, offsets)


def of_bytes(data: np.ndarray, offsets: np.ndarray) -> Tokens:
    """The same from bytes: data: uint8 [bytes]; offsets: int64 [documents + 1]; any bytes will do."""
    documents = len(offsets) - 1
    exact = np.empty(documents, np.uint64)
    counts = np.empty(documents, np.int32)
    titles = np.empty(documents, np.uint8)
    # Two tokens that touch need three bytes at least (one CJK character), others a byte between.
    hashes = np.empty(int(offsets[-1] - offsets[0]) // 2 + 2 * documents, np.uint32)
    filled = _all_tokens(data, offsets, table_of_characters(), exact, counts, titles, hashes)
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
    table: np.ndarray,
    exact: np.ndarray,
    counts: np.ndarray,
    titles: np.ndarray,
    hashes: np.ndarray,
) -> int:
    characters, steps = np.empty(_BLOCK, np.uint32), np.empty(_BLOCK, np.uint32)
    values = np.empty(_BLOCK, np.uint64)
    filled = 0
    for document in range(len(offsets) - 1):
        text = data[offsets[document] : offsets[document + 1]]
        number, whole, title = _tokens(text, table, characters, steps, values, hashes[filled:])
        exact[document] = whole
        counts[document] = number
        titles[document] = title
        filled += number
    return filled


@kernel
def _tokens(
    text: np.ndarray,
    table: np.ndarray,
    characters: np.ndarray,
    steps: np.ndarray,
    values: np.ndarray,
    tokens: np.ndarray,
) -> tuple[int, np.uint64, int]:
    """Fill `tokens` with hashes; their number, the hash of the folded text, tokens in the title.

    Block by block through `characters`, `steps` and `values`, scratch of one length. Each stage is a short
    loop that holds all it needs in registers and does the same for every character: where words end no
    processor can guess, and a wrong guess costs as much as five letters.
    """
    number, title = 0, -1
    whole = word = np.uint64(0)
    place = np.uint64(0)
    # Before the first character and after the last stand spaces, which are not hashed.
    characters[0] = characters[1] = A_SPACE
    done = False
    while not done:
        place, known = read(text, place, table, characters[: len(characters) - 1], 2)
        done = bool(place >= len(text))
        if done and not characters[known - 1] & SPACED:
            characters[known] = A_SPACE
            known += 1
        # The last one waits until what follows it is known.
        block = steps[: known - 2]
        _fill_steps(characters, block)
        if title < 0:
            title = _title(block, number)
        whole, word, filled = _hashed(block, whole, word, values)
        for token in range(filled):
            tokens[number + token] = np.uint32(mixed(values[token]) >> np.uint64(32))
        number += filled
        characters[0], characters[1] = characters[known - 2], characters[known - 1]
    return number, mixed(whole), title if 0 < title <= _TITLE and title < number else 0


@kernel
def _fill_steps(characters: np.ndarray, steps: np.ndarray) -> None:
    """What each character but the first and the last does: a loop that compiles to vectors.

    A step is the character's value, whether a word goes on with it, and whether a token ends with it.
    """
    for at in range(len(steps)):
        before, here, after = characters[at], characters[at + 1], characters[at + 2]
        goes_on = here & before & IN_WORD
        ends = here & IN_TOKEN & ~((here & after & IN_WORD) >> np.uint32(1))
        steps[at] = here & (VALUE | SPACED | NEWLINE) | goes_on | ends


@kernel
def _title(steps: np.ndarray, number: int) -> int:
    """How many tokens stand before the first newline that has any before it, or -1; `number` in blocks
    before."""
    for step in steps:
        number += step >> _ENDS & np.uint32(1)
        if number and step & NEWLINE:
            return number
    return -1


@kernel
def _hashed(
    steps: np.ndarray, whole: np.uint64, word: np.uint64, values: np.ndarray
) -> tuple[np.uint64, np.uint64, int]:
    """Fill `values` with the tokens that end here, not mixed yet; both hashes so far, and how many end."""
    filled = np.uint64(0)
    for step in steps:
        if whole == 0 and step & SPACED:
            continue
        value = np.uint64(step & VALUE)
        whole = (whole ^ value) * MULTIPLIER
        # The highest bit, spread over all, keeps a word that goes on and clears another.
        word = (word & np.uint64(np.int64(np.int32(step)) >> 31) ^ value) * MULTIPLIER
        # Stored always, and stored over unless a token ends here.
        values[filled] = word
        filled += np.uint64(step >> _ENDS & np.uint32(1))
    number: Any = np.int64(filled)
    return whole, word, number


@kernel
def mixed(value: np.uint64) -> np.uint64:
    """Every bit of the result hangs on every bit of the value (MurmurHash3's finaliser)."""
    value ^= value >> np.uint64(33)
    value *= _MIX
    value ^= value >> np.uint64(33)
    value *= _MIX2
    value ^= value >> np.uint64(33)
    return value
