"""A rank really trains the recipe's model, with random weights, and says what that cost."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from rewarm.pipeline.probe import rank
from rewarm.recipe import Train


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_a_rank_measures_small_and_full_passes_of_the_model(model: Path, tmp_path: Path) -> None:
    only = tmp_path / "only"
    only.mkdir()
    (only / "config.json").write_bytes((model / "config.json").read_bytes())
    config = Train(micro_batch=2, precision="fp32", device="cpu").model_dump(mode="json")
    request = rank.Request(only, config, 0, 64, 2, 0.01, 1, 1, "")
    found = rank.measure(request, 0)
    assert found.full is not None and found.split is not None
    assert found.updates == 3, "at least three, whatever time they take"
    assert found.full[0, 0] > found.small[0, 0] > 0, "128 tokens take longer than 16"
    assert (found.full > 0).all() and found.product_rate > 1e8
    # Memory that earlier tests freed is used again, so the peaks may be 0 here.
    assert 0 <= found.small_peak <= found.peak < 1e9 and found.process > 1e7
    assert (found.model_type, found.attention, found.precision) == ("llama", "documents", "fp32")
    assert found.rates == [0.0, 0.0] and 0 <= found.busy <= 1.5


def test_short_documents_fill_the_sequence() -> None:
    for seq_len in (16, 64, 100, 2048):
        lengths = rank.split(seq_len)
        assert sum(lengths) == seq_len and max(lengths) <= seq_len // 4


_GROWN = """
import numpy as np, torch
from rewarm.pipeline.probe.peak_memory import PeakMemory
held = np.ones(4_000_000)  # 32 MB that are freed before the measurement
del held
memory = PeakMemory(torch.device("cpu"))
before = memory.peak()
grown = np.ones(8_000_000)
del grown
print(memory.peak() - before)
"""


def test_the_peak_is_that_since_the_start() -> None:
    """In a process of its own: this one may use memory again that earlier tests freed."""
    told = subprocess.run([sys.executable, "-c", _GROWN], capture_output=True, text=True, check=True)
    assert 60e6 < float(told.stdout) < 70e6
