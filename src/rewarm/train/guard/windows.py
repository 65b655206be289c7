"""Expected values of many series from their recent history, by medians.

A value is compared with a robust line through the last accepted ones, so that a falling loss is not
mistaken for a spike: its slope is the median of differences half a window apart, its height the
median of what is left, its scale the median absolute deviation. Half of the values may be
arbitrary without moving the line far; outliers are not accepted in the first place.
"""

import numpy as np

_NORMAL = 1.4826  # median absolute deviation of a normal distribution, to its standard deviation


class Windows:
    """The last `length` accepted values of each of `series` series; NaN where a series was absent."""

    def __init__(self, series: int, length: int) -> None:
        self._values = np.full((series, length), np.nan)

    def accept(self, values: np.ndarray) -> None:
        """Append one value a series, float64 [series]; NaN for a series that was absent."""
        self._values = np.concatenate([self._values[:, 1:], np.asarray(values)[:, None]], axis=1)

    def clear(self) -> None:
        self._values[:] = np.nan

    def expected(self, least: int, series: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The next value of each series and its scale; NaN where fewer than `least` values are known.

        series: int [n], those that are asked for, all by default; the others are NaN too.
        """
        if series is not None:
            whole = np.full(len(self._values), np.nan), np.full(len(self._values), np.nan)
            for all_of, found in zip(whole, self._expected(self._values[series], least), strict=True):
                all_of[series] = found
            return whole
        return self._expected(self._values, least)

    @staticmethod
    def _expected(values: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
        length = values.shape[1]
        half = length // 2
        known = (~np.isnan(values)).sum(1)
        with np.errstate(invalid="ignore"):
            rises = (values[:, half:] - values[:, : length - half]) / half
            slope = _median(rises)
            # A series that is often absent has few such pairs, and their median is noise.
            slope[(~np.isnan(rises)).sum(1) < half // 4] = 0.0
            level = values + slope[:, None] * (length - np.arange(length))
            middle = _median(level)
            scale = _NORMAL * _median(np.abs(level - middle[:, None]))
        middle[known < least] = np.nan
        return middle, scale

    def levels(self, least: int, series: np.ndarray) -> np.ndarray:
        """float64 [series]: the median of what is known of these, without a trend; NaN for fewer than
        `least`."""
        values = self._values[series]
        middle = _median(values)
        middle[(~np.isnan(values)).sum(1) < least] = np.nan
        return middle

    def state(self) -> list[list[float]]:
        return [list(row) for row in self._values.tolist()]

    def load(self, state: object) -> None:
        """Take up a state; the newest values of a longer one, and all of a shorter one."""
        known = np.array(state, dtype=np.float64).reshape(len(self._values), -1)[:, -self._values.shape[1] :]
        self.clear()
        self._values[:, self._values.shape[1] - known.shape[1] :] = known


class Pools:
    """The last `length` values of each of `series` series, where one update brings any number of them."""

    def __init__(self, series: int, length: int) -> None:
        self._length = length
        self._values: list[np.ndarray] = [np.empty(0) for _ in range(series)]

    def accept(self, which: np.ndarray, values: np.ndarray) -> None:
        for series in np.unique(which):
            joined = np.concatenate([self._values[series], values[which == series]])
            self._values[series] = joined[-self._length :]

    def clear(self) -> None:
        self._values = [np.empty(0) for _ in self._values]

    def known(self, series: int) -> int:
        """How many values of a series are kept."""
        return len(self._values[series])

    def usual(self, which: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
        """Median and scale of the series `which` (int [n], with repeats); NaN for fewer than `least`
        values."""
        distinct, place = np.unique(which, return_inverse=True)
        middle, scale = np.full(len(distinct), np.nan), np.full(len(distinct), np.nan)
        for at, series in enumerate(distinct.tolist()):
            values = self._values[series]
            if len(values) >= least:
                middle[at] = np.median(values)
                scale[at] = _NORMAL * np.median(np.abs(values - middle[at]))
        return middle[place], scale[place]

    def state(self) -> list[list[float]]:
        return [list(row) for row in (values.tolist() for values in self._values)]

    def load(self, state: list[list[float]]) -> None:
        self._values = [np.array(values, dtype=np.float64) for values in state]


def _median(rows: np.ndarray) -> np.ndarray:
    """Median of each row without NaN; NaN for a row of nothing, without a warning."""
    ordered = np.sort(rows, axis=1)  # NaN goes last
    known = (~np.isnan(ordered)).sum(1)
    row = np.arange(len(ordered))
    middle: np.ndarray = (ordered[row, (known - 1) // 2] + ordered[row, known // 2]) / 2
    return middle
