"""MinHash signatures of gram sets, and the band keys by which similar sets meet.

The least value of a random permutation is equal in two sets with the probability of their Jaccard
similarity (Broder 1997). A permutation is one 32-bit multiplication and addition modulo 2^32 of a
hash that is mixed already; the vector units do 16 at a time. Signatures are cut into bands of rows;
sets that agree in all rows of some band are candidates (Leskovec et al., Mining of Massive
Datasets, 3.4): with 14 x 8, 92 % of pairs at a similarity of 0.8, 99.99 % at 0.9, 5 % at 0.5.
Of each minimum one byte is kept: enough to estimate a candidate's similarity to about 0.04 before
the sets themselves are compared (Li and König 2010, b-bit minwise hashing).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from rewarm.engine.work import cores
from rewarm.text.grams.gram_sets import grams_of
from rewarm.text.grams.gram_table import holds, may_hold
from rewarm.text.grams.tokens import MULTIPLIER, SLICE, Tokens, mixed
from rewarm.text.kernel import kernel


@dataclass(frozen=True)
class Signatures:
    """keys: uint64 [bands, documents]; sketches: uint8 [documents, permutations]; partial: bool
    [documents], boilerplate was left out. What stands for a document without tokens means nothing."""

    keys: np.ndarray
    sketches: np.ndarray
    partial: np.ndarray


def permutations(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Odd multipliers and additions, uint32 [number] each; the same for ever, as stored keys hang on them."""
    drawn = np.random.Generator(np.random.Philox(20261125)).integers(0, 2**32, (2, number), np.uint64)
    return (drawn[0] | np.uint64(1)).astype(np.uint32), drawn[1].astype(np.uint32)


def signatures(tokens: Tokens, size: int, boilerplate: np.ndarray, bands: int, rows: int) -> Signatures:
    """Signatures of every document's `size`-grams, in threads over slices.

    boilerplate: uint64 table of grams (`gram_table`), left out of a document that has more of them than of
    others; two with fewer cannot meet by it, and all that is left out makes an edit weigh more.
    """
    documents = len(tokens.counts)
    keys = np.empty((bands, documents), np.uint64)
    sketches = np.empty((documents, bands * rows), np.uint8)
    partial = np.empty(documents, np.bool_)
    multipliers, additions = permutations(bands * rows)
    starts = tokens.starts

    def one(first: int) -> None:
        part = slice(first, first + SLICE)
        _signatures(
            tokens.hashes, starts[part], tokens.counts[part], size, boilerplate, multipliers, additions,
            np.empty(int(tokens.counts[part].max()), np.uint32), keys[:, part], sketches[part], partial[part],
        )  # fmt: skip

    if documents <= SLICE:
        if documents:
            one(0)
        return Signatures(keys, sketches, partial)
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(one, range(0, documents, SLICE)))
    return Signatures(keys, sketches, partial)


@kernel
def _signatures(
    hashes: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    size: int,
    boilerplate: np.ndarray,
    multipliers: np.ndarray,
    additions: np.ndarray,
    grams: np.ndarray,
    keys: np.ndarray,
    sketches: np.ndarray,
    partial: np.ndarray,
) -> None:
    bands = keys.shape[0]
    rows = sketches.shape[1] // bands
    for document in range(len(counts)):
        number = grams_of(hashes, starts[document], counts[document], size, grams)
        kept = _without_most(grams, number, boilerplate) if len(boilerplate) else number
        partial[document] = kept < number
        own = grams[:kept]
        for band in range(bands):
            key = np.uint64(0)
            for permutation in range(band * rows, (band + 1) * rows):
                least = _least(own, multipliers[permutation], additions[permutation])
                key = (key ^ (np.uint64(least) + np.uint64(1))) * MULTIPLIER
                sketches[document, permutation] = np.uint8(least & np.uint32(0xFF))
            keys[band, document] = mixed(key)


@kernel
def _without_most(grams: np.ndarray, number: int, boilerplate: np.ndarray) -> int:
    """Take boilerplate out where it is most, but not all, of the grams; how many are left."""
    # Most documents are settled by this, which has no branch to guess wrong.
    possible = 0
    for position in range(number):
        possible += may_hold(boilerplate, grams[position])
    if 2 * possible <= number:
        return number
    common = 0
    for position in range(number):
        common += holds(boilerplate, grams[position])
    if 2 * common <= number or common == number:
        return number
    kept = 0
    for position in range(number):
        if not holds(boilerplate, grams[position]):
            grams[kept] = grams[position]
            kept += 1
    return kept


@kernel
def _least(grams: np.ndarray, multiplier: np.uint32, addition: np.uint32) -> np.uint32:
    """The least of one permutation: a loop that compiles to vectors of 8 or 16."""
    least = np.uint32(0xFFFFFFFF)
    for position in range(len(grams)):
        value = np.uint32(np.uint32(grams[position] * multiplier) + addition)
        least = min(least, value)
    return least
