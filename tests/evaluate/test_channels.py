"""Channels are ratios of sums, gains are differences of them, intervals hold what is true."""

from math import log

import numpy as np
import pytest

from rewarm.corpus.tables.leaves import Leaf
from rewarm.evaluate.channels import compare

LEAVES = [
    Leaf(0, "law", {"task": "domain", "language": "zh"}),
    Leaf(1, "api", {"task": "general", "language": "en"}),
    Leaf(2, "notes", {"task": "general"}),
]


def sums(rng: np.random.Generator, nats_per_byte: np.ndarray) -> np.ndarray:
    size = rng.integers(50, 500, len(nats_per_byte)).astype(float)
    return np.stack([size * nats_per_byte, size / 4, size], axis=1)


def find(result: dict, axis: str, value: str) -> dict:
    return next(item for item in result["channels"] if (item["axis"], item["value"]) == (axis, value))


def test_a_channel_is_a_ratio_of_sums_over_its_leaves() -> None:
    before = np.array([[10.0, 5, 20], [2.0, 1, 4], [30.0, 10, 50]])
    after = np.array([[5.0, 5, 20], [2.0, 1, 4], [33.0, 10, 50]])
    result = compare(before, after, np.array([0, 1, 2]), LEAVES, 100, 0)
    general = find(result, "task", "general")
    assert general["before"]["nats"] == pytest.approx(32 / 11)
    assert general["change"]["bits_per_byte"] == pytest.approx(3 / 54 / log(2))
    assert result["gain"]["domain"]["bits_per_byte"] == pytest.approx(5 / 20 / log(2))
    beyond = (5 / 20 + 3 / 54) / log(2)
    assert result["gain"]["beyond"]["bits_per_byte"] == pytest.approx(beyond)
    assert find(result, "language", "not labelled")["documents"] == 1


def test_the_interval_covers_the_true_change_about_95_times_in_100() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        size = np.full(60, 100.0)
        change = rng.normal(-0.1, 0.05, 60)
        before = np.stack([size, size / 4, size], axis=1)
        after = before + np.stack([change * size, size * 0, size * 0], axis=1)
        found = find(compare(before, after, np.zeros(60, int), LEAVES[:1], 200, 1), "source", "law")["change"]
        covered += found["low"] <= -0.1 / log(2) <= found["high"]
    assert 178 <= covered <= 199


def test_a_channel_without_documents_is_unknown_and_not_zero() -> None:
    rng = np.random.default_rng(0)
    before = sums(rng, np.full(5, 0.7))
    result = compare(before, before, np.zeros(5, int), LEAVES, 100, 0)
    empty = find(result, "source", "api")
    assert empty["documents"] == 0 and empty["after"]["nats"] is None
    assert empty["change"] == {"nats": None, "bits_per_byte": None, "low": None, "high": None}
    assert result["gain"]["beyond"]["bits_per_byte"] is None
