"""Bootstrap intervals: what they cover is tested with the evaluation (tests/evaluate/test_channels.py)."""

from math import isnan, log

import numpy as np
import pytest

from rewarm.statistics.bootstrap import Estimate, interval, resampled


def test_one_document_has_no_interval() -> None:
    rng = np.random.default_rng(0)
    assert len(resampled(np.ones(4), np.ones(4), 100, rng)) == 0
    assert len(resampled(np.ones(9), np.zeros(9), 100, rng)) == 0
    assert all(isnan(end) for end in interval(np.empty(0)))
    assert not Estimate(0.5).includes_zero


def test_equal_documents_leave_nothing_to_chance() -> None:
    samples = resampled(np.full(9, 6.0), np.full(9, 3.0), 50, np.random.default_rng(0))
    assert samples == pytest.approx(2 / log(2))


def test_a_sample_is_a_ratio_of_sums_not_a_mean_of_ratios() -> None:
    """Five documents, one of them long: a sample has it k times of five."""
    nats, size = np.array([1.0, 1, 1, 1, 100.0]), np.array([1.0, 1, 1, 1, 1000.0])
    samples = resampled(nats, size, 4000, np.random.default_rng(1))
    ratios = [(100 * times + 5 - times) / (1000 * times + 5 - times) for times in range(6)]
    assert {round(bits * log(2), 6) for bits in samples} == {round(one, 6) for one in ratios}


def test_the_interval_leaves_out_five_percent() -> None:
    low, high = interval(np.arange(1001.0))
    assert (low, high) == (25.0, 975.0)
