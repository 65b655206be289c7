"""Texts as the classifier reads them: the hashes of their first tokens."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.text.grams.tokens import picked, starts_of, tokens_of

# Characters that hold so many tokens in any script but runs of white space and marks.
_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """ngram: the longest n-gram, in tokens; tokens: how many of a text's first are read: the beginning of
    a text tells its topic, and a book costs no more than a page; buckets: rows of the weights."""

    ngram: int = 3
    tokens: int = 512
    buckets: int = 2**18


@dataclass(frozen=True, slots=True)
class Tokens:
    """hashes: uint32 [tokens]; starts, counts: int64 [documents]."""

    hashes: np.ndarray
    starts: np.ndarray
    counts: np.ndarray


def read(texts: pa.ChunkedArray | pa.Array, reading: Reading) -> Tokens:
    """The first tokens of each text. texts: string, no nulls."""
    whole = texts if isinstance(texts, pa.ChunkedArray) else pa.chunked_array([texts])
    cut = pc.utf8_slice_codeunits(whole.cast(pa.large_string()), 0, _CHARACTERS * reading.tokens)
    found = tokens_of(cut)
    counts = np.minimum(found.counts.astype(np.int64), reading.tokens)
    return Tokens(picked(found.hashes, found.starts, counts), starts_of(counts), counts)
