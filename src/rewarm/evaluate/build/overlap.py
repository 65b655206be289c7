"""In how many documents the n-grams of a sentence occur: boilerplate, and held-out text that training has
too.

Counts saturate at 255 and are kept in a table of 2^26 bytes by hash, whatever the size of the corpus. Two
n-grams share a place with a probability of (distinct n-grams) / 2^26, which matters only above some ten
million; then more sentences count as boilerplate, never fewer.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from rewarm.text.grams.tokens import tokens_of

_BITS = 26
# Five words of English; eight characters of Chinese, about as much text.
_GRAM = {"": 5, "zh": 8}
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SATURATED = 255
# A sentence is boilerplate when this share of its n-grams occurs in so many documents.
_BOILERPLATE = ((2, 0.8), (4, 0.5))
_IN_TRAINING = 0.7


class DocumentCounts:
    """Documents per n-gram."""

    def __init__(self) -> None:
        self._counts = np.zeros(1 << _BITS, np.uint8)

    def add(self, documents: Iterable[tuple[str, str]]) -> None:
        """Count the n-grams of documents: (text, language)."""
        for text, language in documents:
            places = np.unique(_places(text, language))
            counts = self._counts[places]
            self._counts[places] = counts + (counts < _SATURATED)

    def share(self, text: str, language: str, least: int) -> float:
        """Share of a text's n-grams that occur in at least so many documents."""
        places = _places(text, language)
        return float((self._counts[places] >= least).mean()) if len(places) else 0.0

    def boilerplate(self, text: str, language: str) -> bool:
        """Whether a sentence of a counted document is mostly text of other documents, too."""
        counts = self._counts[_places(text, language)]
        return bool(len(counts)) and any((counts >= least).mean() >= share for least, share in _BOILERPLATE)

    def known(self, text: str, language: str) -> bool:
        """Whether a sentence of another document occurs in the counted ones, nearly word for word."""
        return self.share(text, language, 1) >= _IN_TRAINING


def _places(text: str, language: str) -> np.ndarray:
    """int64, the places of a text's n-grams in the table."""
    size = _GRAM[language]
    hashes = tokens_of(pa.chunked_array([[text]], pa.string())).hashes.astype(np.uint64)
    if len(hashes) < size:
        return np.empty(0, np.int64)
    found = np.zeros(len(hashes) - size + 1, np.uint64)
    for place in range(size):
        found = (found ^ hashes[place : place + len(found)]) * _MULTIPLIER
        found ^= found >> np.uint64(29)
    return (found >> np.uint64(64 - _BITS)).astype(np.int64)
