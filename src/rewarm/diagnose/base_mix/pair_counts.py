"""Adjacent pairs of symbols in every kind of text, kept up to date while a tokenizer's merges are applied."""

import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np

from rewarm.diagnose.base_mix.words import Pair


class PairCounts:
    """Starts from single characters. words, sizes: of each kind of text, its words and its bytes."""

    def __init__(self, words: Sequence[Counter[str]], sizes: Sequence[int]) -> None:
        self.kinds = len(words)
        known = sorted({word for counts in words for word in counts if len(word) > 1})
        self._words = [list(word) for word in known]
        # Pairs per megabyte, so that shares are shares of bytes.
        self._weights = np.array(
            [[1e6 * counts[word] / size for counts, size in zip(words, sizes, strict=True)] for word in known]
        ).reshape(len(known), self.kinds)
        self._rows: dict[Pair, int] = {}
        self._pairs: list[Pair] = []
        self._where: list[set[int]] = []
        self._table = np.zeros((1024, self.kinds))
        for number in range(len(known)):
            self._add(number, 1)

    @property
    def table(self) -> np.ndarray:
        """[pairs, kinds], occurrences per megabyte."""
        return self._table[: len(self._pairs)]

    def row(self, pair: Pair) -> int | None:
        """The row of a pair in `table`; None for one that no text has."""
        return self._rows.get(pair)

    def merge(self, pair: Pair) -> None:
        """Make one symbol of every occurrence of the pair."""
        row = self._rows.get(pair)
        if row is None:
            return
        for number in list(self._where[row]):
            symbols = self._words[number]
            self._add(number, -1)
            joined, at = [], 0
            while at < len(symbols):
                if at + 1 < len(symbols) and (symbols[at], symbols[at + 1]) == pair:
                    joined.append(pair[0] + pair[1])
                    at += 2
                else:
                    joined.append(symbols[at])
                    at += 1
            self._words[number] = joined
            self._add(number, 1)
        # Sums of many small terms leave a remainder.
        self._table[row] = 0

    def _add(self, number: int, sign: int) -> None:
        symbols = self._words[number]
        for pair in itertools.pairwise(symbols):
            row = self._rows.get(pair)
            if row is None:
                row = self._new(pair)
            self._table[row] += sign * self._weights[number]
            if sign > 0:
                self._where[row].add(number)
            else:
                self._where[row].discard(number)

    def _new(self, pair: Pair) -> int:
        row = self._rows[pair] = len(self._pairs)
        self._pairs.append(pair)
        self._where.append(set())
        if row == len(self._table):
            self._table = np.concatenate([self._table, np.zeros_like(self._table)])
        return row
