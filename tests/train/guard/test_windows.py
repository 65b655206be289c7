"""A past goes on under another window."""

import numpy as np
import pytest

from rewarm.train.guard.windows import Windows


@pytest.mark.parametrize("length", [4, 8, 20])
def test_a_past_of_another_length_keeps_its_newest_values(length: int) -> None:
    known = Windows(2, 8)
    for value in range(6):
        known.accept(np.array([value, np.nan if value == 4 else -value]))
    other = Windows(2, length)
    other.accept(np.array([77.0, 77.0]))
    other.load(known.state())
    state = np.array(other.state())
    assert state.shape == (2, length)
    last = min(length, 6)
    assert state[0, -last:].tolist() == [0, 1, 2, 3, 4, 5][-last:]
    assert np.isnan(state[1, -2]) and state[1, -1] == -5
    assert np.isnan(state[:, : length - last]).all()
