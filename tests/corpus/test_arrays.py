"""Arrays that phases hand on."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus.arrays import column, load, load_one, save, unique_sorted


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=20))
def test_distinct_values_in_order(values: list[int]) -> None:
    found = unique_sorted(np.array(values, dtype=np.uint64))
    assert found.dtype == np.uint64
    assert found.tolist() == sorted(set(values))


def test_parts_of_an_array_come_back_as_one_and_are_mapped(tmp_path: Path) -> None:
    parts = [np.arange(6, dtype=np.uint16).reshape(3, 2), np.arange(4, dtype=np.uint16).reshape(2, 2)]
    save(tmp_path / "a", parts=parts, whole=np.arange(3.0))
    found = load(tmp_path / "a")
    assert sorted(found) == ["parts", "whole"]
    assert found["parts"].dtype == np.uint16 and np.array_equal(found["parts"], np.concatenate(parts))
    assert all(isinstance(array.base, np.memmap) for array in found.values())
    assert isinstance(load_one(tmp_path / "a", "parts").base, np.memmap)


def test_what_an_earlier_attempt_saved_stays(tmp_path: Path) -> None:
    save(tmp_path / "a", values=np.zeros(2))
    save(tmp_path / "a", values=np.ones(2))
    assert load_one(tmp_path / "a", "values").tolist() == [0, 0]


def test_shards_are_joined_in_order(tmp_path: Path) -> None:
    for name, first in (("b", 0), ("a", 3)):
        save(tmp_path / name, values=np.arange(first, first + 3))
    assert column([tmp_path / "b", tmp_path / "a"], "values").tolist() == list(range(6))
    assert column([], "values", np.uint8).dtype == np.uint8


def test_no_two_threads_parse_a_header_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 fails when they do, once in many times."""
    save(tmp_path / "a", values=np.arange(3))
    really, counting, busy, most = np.load, Lock(), 0, 0

    def slowly(*arguments: object, **options: object) -> np.ndarray:
        nonlocal busy, most
        with counting:
            busy += 1
            most = max(most, busy)
        time.sleep(0.01)
        with counting:
            busy -= 1
        found: np.ndarray = really(*arguments, **options)
        return found

    monkeypatch.setattr(np, "load", slowly)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: load_one(tmp_path / "a", "values").tolist(), range(8)))
    assert found == [[0, 1, 2]] * 8 and most == 1
