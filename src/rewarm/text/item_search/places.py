"""Where each token of a text stands, for the few texts whose passage is shown or masked.

The tokens are those of `text/grams/tokens.py`, which makes hashes and no places; a test holds both to the
same number of tokens on any text.
"""

from functools import cache

import numpy as np

from rewarm.text.characters import codes
from rewarm.text.grams.kinds import ALONE, NOTHING, WORD, folded, kind_of
from rewarm.text.kernel import kernel


def token_places(text: str) -> np.ndarray:
    """int64 [tokens, 2]: first character of each token, and the one after its last."""
    kinds = _kinds()[codes(text)]
    # What has no width does not part a word.
    places = np.flatnonzero(kinds != NOTHING)
    kinds = kinds[places]
    word = kinds == WORD
    first = word & ~np.append(False, word[:-1]) | (kinds == ALONE)
    last = word & ~np.append(word[1:], False) | (kinds == ALONE)
    return np.stack([places[first], places[last] + 1], axis=1)


@cache
def _kinds() -> np.ndarray:
    kinds = np.empty(0x110000, np.uint8)
    _fill(kinds)
    return kinds


@kernel
def _fill(kinds: np.ndarray) -> None:
    for code in range(len(kinds)):
        kinds[code] = kind_of(folded(code))
