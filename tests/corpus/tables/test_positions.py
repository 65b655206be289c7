"""Loss by position: every token is in one bin, by the number of tokens before it."""

from math import log
from pathlib import Path

import numpy as np
import pytest

from rewarm.corpus.tables import positions


def test_tokens_fall_into_doubling_bins(tmp_path: Path) -> None:
    sums = np.zeros((positions.BINS, 3))
    values = np.arange(1, 21, dtype=float)[:, None] * np.array([log(2), 1 / 20, 1])
    positions.add(sums, values)
    positions.add(sums, values[:1])
    positions.write(tmp_path / "positions.parquet", sums)
    found = positions.read(tmp_path / "positions.parquet")
    assert [(one.first, one.last) for one in found] == [(1, 1), (2, 3), (4, 7), (8, 15), (16, 31)]
    # Token k has k - 1 others between it and the first; its value is k.
    assert [round(one.bytes) for one in found] == [2, 5, 22, 92, 90]
    assert all(one.bits_per_byte == pytest.approx(1.0) for one in found)
