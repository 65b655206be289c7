"""How often an entry may be repeated: a cap on passes, from what it stands beside and how it repeats itself.

Text that is nearly all of a stage gains little after four passes (Muennighoff et al. 2023, 2305.16264).
Scarce text beside as much or more other text can be used 15 to 20 times (2605.12715, in pre-training). A
corpus that says the same again and again has been repeated already within one pass: the share of its token
13-grams that stood before, measured on a sample, is taken off the cap.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewarm.corpus.tables.token_table import Tokens

ALONE, BESIDE_SOME, BESIDE_MORE = 4.0, 8.0, 16.0
# Share of other text from which a cap holds.
_SOME, _MORE = 0.25, 0.5
_GRAM = 13
_DOCUMENTS, _TOKENS = 2000, 1_000_000
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def repeated_share(tokens: Tokens, rows: np.ndarray, ranks: np.ndarray) -> float:
    """Share of 13-grams that stood before, in a sample of at most 2,000 documents and a million tokens.

    rows: documents of the entry; ranks: uint64 [rows], which come first into the sample. The sample of a
    larger corpus shows less repetition than there is.
    """
    grams: list[np.ndarray] = []
    read = 0
    for row in rows[np.argsort(ranks)][:_DOCUMENTS]:
        own = tokens[int(row)].astype(np.uint64)
        read += len(own)
        if len(own) >= _GRAM:
            grams.append(_hashed(own))
        if read >= _TOKENS:
            break
    if not grams:
        return 0.0
    whole = np.concatenate(grams)
    return 1 - len(np.unique(whole)) / len(whole)


def cap(written: float | Mapping[str, float] | str, entry: str, share: float, repeated: float) -> float:
    """Passes that an entry may have. written: `max_epochs` of the stage; share: of the entry in it."""
    if isinstance(written, Mapping):
        written = written.get(entry, "auto")
    if not isinstance(written, str):
        return float(written)
    other = 1 - share
    most = BESIDE_MORE if other >= _MORE else BESIDE_SOME if other >= _SOME else ALONE
    return round(max(1.0, most * (1 - repeated)), 2)


def needs_measure(stage: Mapping[str, Any], entry: str) -> bool:
    """Whether the cap of an entry depends on its repetition."""
    written = stage["max_epochs"]
    return written == "auto" or (isinstance(written, Mapping) and entry not in written)


def _hashed(own: np.ndarray) -> np.ndarray:
    """uint64 [tokens - 12]: a hash of each 13-gram."""
    found = np.zeros(len(own) - _GRAM + 1, np.uint64)
    with np.errstate(over="ignore"):
        for place in range(_GRAM):
            found = (found + own[place : len(own) - _GRAM + 1 + place] + np.uint64(1)) * _MULTIPLIER
    return found
