"""What words terms stand among, as vectors: a good distractor occurs in similar places.

Random indexing (Kanerva et al. 2000; Sahlgren 2005): every word has a fixed random vector, and a term's
vector is the sum over the words around it. Words around many terms weigh less. No training, one pass, and 256
bytes per term.
"""

import math
import zlib
from collections import Counter
from functools import lru_cache

import numpy as np

from rewarm.evaluate.build.noun_phrases import Phrase

_SIZE = 128
# Places of a term that are read: more change its direction little.
_PLACES = 200
_WORDS_KEPT = 100


class Contexts:
    """The words around each term."""

    def __init__(self) -> None:
        self._around: dict[str, Counter[str]] = {}
        self._places: Counter[str] = Counter()
        self._vectors: dict[str, np.ndarray] = {}
        self._terms_of: Counter[str] | None = None

    def add(self, phrase: Phrase) -> None:
        """Count the words around one place of a term."""
        self._places[phrase.term] += 1
        if self._places[phrase.term] <= _PLACES:
            self._around.setdefault(phrase.term, Counter()).update(phrase.context)

    def similarity(self, one: str, other: str) -> float:
        """Cosine of the contexts of two terms, 0 where one is not known."""
        left, right = self._vector(one), self._vector(other)
        return float(left @ right)

    def _vector(self, term: str) -> np.ndarray:
        if term not in self._vectors:
            if self._terms_of is None:
                self._terms_of = Counter(word for around in self._around.values() for word in around)
            vector = np.zeros(_SIZE)
            for word, times in self._around.get(term, Counter()).most_common(_WORDS_KEPT):
                rarity = math.log((1 + len(self._around)) / self._terms_of[word])
                vector += math.log1p(times) * rarity * _direction(word)
            self._vectors[term] = vector / (np.linalg.norm(vector) or 1.0)
        return self._vectors[term]


@lru_cache(maxsize=1 << 16)
def _direction(word: str) -> np.ndarray:
    """±1 [_SIZE], the same in every process."""
    return np.random.Generator(np.random.Philox(zlib.crc32(word.encode()))).integers(0, 2, _SIZE) * 2.0 - 1
