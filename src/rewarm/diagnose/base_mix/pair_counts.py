"""Adjacent pairs of symbols in every kind of text, kept up to date while a tokenizer's merges are applied.

The symbols of all distinct words are one array, linked to their neighbours. A merge changes the pairs around
its occurrences only, which are found by the list of places of each pair, so its cost is that of its
occurrences; places that a later merge took are recognised and left out. Each word counts by how often each
kind of text has it.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rewarm.diagnose.base_mix.words import Pair

_Places = npt.NDArray[np.int64]
# A pair of symbols as one number: the first in the upper half.
_SHIFT = 32


class PairCounts:
    """Starts from single characters. words, sizes: of each kind of text, its words and its bytes."""

    def __init__(self, words: Sequence[Counter[str]], sizes: Sequence[int]) -> None:
        self.kinds = len(words)
        known = sorted({word for counts in words for word in counts if len(word) > 1})
        # Times in each kind, and pairs per megabyte, so that shares are shares of bytes.
        self._times = np.array([[counts[word] for counts in words] for word in known], np.int64)
        self._times = self._times.reshape(len(known), self.kinds)
        self._per_megabyte = 1e6 / np.array(sizes, np.float64)
        lengths = np.array([len(word) for word in known], np.int64)
        characters = np.frombuffer("".join(known).encode("utf-32-le", "surrogatepass"), np.uint32)
        distinct, symbols = np.unique(characters, return_inverse=True)
        self._numbers = {chr(one): number for number, one in enumerate(distinct.tolist())}
        self._symbols = symbols.astype(np.int64)
        self._seen = np.zeros_like(self._symbols)
        place = np.arange(len(self._symbols))
        ends = lengths.cumsum()
        self._word = np.repeat(np.arange(len(known)), lengths)
        # Neighbours in the word; -1 beyond its ends.
        self._before, self._after = place - 1, place + 1
        self._before[ends - lengths] = self._after[ends - 1] = -1
        self._rows: dict[int, int] = {}
        self._places: list[list[_Places]] = []
        self._counts = np.zeros((1024, self.kinds), np.int64)
        self._table = np.zeros((1024, self.kinds))
        self._change(place[self._after >= 0], 1)

    @property
    def table(self) -> npt.NDArray[np.float64]:
        """[pairs, kinds], occurrences per megabyte."""
        return self._table[: len(self._places)]

    def row(self, pair: Pair) -> int | None:
        """The row of a pair in `table`; None for one that no text has."""
        first, second = self._numbers.get(pair[0]), self._numbers.get(pair[1])
        return None if first is None or second is None else self._rows.get(first << _SHIFT | second)

    def merge(self, pair: Pair) -> npt.NDArray[np.int64]:
        """Make one symbol of every occurrence of the pair. Gives the rows of `table` that changed."""
        row = self.row(pair)
        if row is None or not self._counts[row].any():
            return np.zeros(0, np.int64)
        first, second = self._numbers[pair[0]], self._numbers[pair[1]]
        joined = self._number(pair[0] + pair[1])
        at = self._once(np.concatenate(self._places[row]))
        at = at[(self._symbols[at] == first) & (self._after[at] >= 0)]
        at = at[self._symbols[self._after[at]] == second]
        if first == second:
            at = self._without_overlaps(np.sort(at))
        self._places[row] = []
        gone = self._after[at]
        # The pair that begins left of an occurrence, the occurrence, and the pair that begins at its end.
        before = self._before[at]
        around = np.concatenate([before[before >= 0], at, gone[self._after[gone] >= 0]])
        changed = [self._change(self._once(around), -1)]
        self._symbols[at] = joined
        self._symbols[gone] = -1
        follower = self._after[gone]
        self._after[at] = follower
        self._before[follower[follower >= 0]] = at[follower >= 0]
        # Of two occurrences in a row, the second is the first's right neighbour.
        around = self._once(np.concatenate([before[before >= 0], at]))
        around = around[(self._symbols[around] >= 0) & (self._after[around] >= 0)]
        changed.append(self._change(around, 1))
        return np.unique(np.concatenate(changed))

    def _once(self, places: _Places) -> _Places:
        """Without those that occur again. Takes no sorting: of each place the last position is remembered."""
        positions = np.arange(len(places))
        self._seen[places] = positions
        once: _Places = places[self._seen[places] == positions]
        return once

    def _without_overlaps(self, at: _Places) -> _Places:
        """Of a run like `aaa`, the first, third and so on. at: rising."""
        taken: list[int] = []
        last = -1
        for place, follower in zip(at.tolist(), self._after[at].tolist(), strict=True):
            if place != last:
                taken.append(place)
                last = follower
        return np.array(taken, np.int64)

    def _change(self, places: _Places, sign: int) -> npt.NDArray[np.int64]:
        """Count the pairs that begin at places, or take them away (sign −1). Gives their rows, once each."""
        if not len(places):
            return np.zeros(0, np.int64)
        codes = self._symbols[places] << _SHIFT | self._symbols[self._after[places]]
        order = np.argsort(codes)
        codes, places = codes[order], places[order]
        starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
        rows = np.array([self._row(code) for code in codes[starts].tolist()], np.int64)
        self._counts[rows] += sign * np.add.reduceat(self._times[self._word[places]], starts, axis=0)
        self._table[rows] = self._counts[rows] * self._per_megabyte
        if sign > 0:
            ends = [*starts[1:].tolist(), len(places)]
            for row, start, end in zip(rows.tolist(), starts.tolist(), ends, strict=True):
                self._places[row].append(places[start:end])
        return rows

    def _number(self, symbol: str) -> int:
        return self._numbers.setdefault(symbol, len(self._numbers))

    def _row(self, code: int) -> int:
        row = self._rows.get(code)
        if row is None:
            row = self._rows[code] = len(self._places)
            self._places.append([])
            if row == len(self._table):
                self._table = np.concatenate([self._table, np.zeros_like(self._table)])
                self._counts = np.concatenate([self._counts, np.zeros_like(self._counts)])
        return row
