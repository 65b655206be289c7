"""What the processes of a probe measured becomes one record; what cannot be measured is refused before."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewarm.engine.interface import Failure
from rewarm.errors import RewarmError
from rewarm.pipeline.probe import launch
from rewarm.pipeline.probe.rank import Answer, Request
from rewarm.recipe import Train

ASKED: list[Request] = []


def answer(request: Request, number: int) -> Answer:
    """Wall seconds are twice the CPU's; the second rank has the larger peak."""
    times = np.array([[2.0, 0.2], [1.0, 0.1]]) * request.ranks
    full = times * 5 if request.seconds else None
    return Answer(
        process=4e8, small=times, small_peak=1e8 + number, full=full, split=full, peak=2e8, updates=7,
        busy=0.5,
        rates=[1e9, 5e8] if request.ranks > 1 else [0.0, 0.0], product_rate=1e11, attention="documents",
        precision="fp32", window=(0, 0.0), model_type="llama",
    )  # fmt: skip


@pytest.fixture
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def alone(function: Any, unit: tuple[Request, int]) -> Answer:
        ASKED.append(unit[0])
        return answer(*unit)

    ASKED.clear()
    monkeypatch.setattr(launch, "alone", alone)
    monkeypatch.setattr(launch, "cores", lambda: 4)


@pytest.mark.usefixtures("no_processes")
@pytest.mark.parametrize(("threads", "clock"), [(1, 1), (4, 0)])
def test_full_passes_on_one_rank_and_fixed_costs_on_each(
    model: Path, monkeypatch: pytest.MonkeyPatch, threads: int, clock: int
) -> None:
    monkeypatch.setattr("torch.get_num_threads", lambda: threads)
    found = launch.probe(model, Train(device="cpu"), 64, passes=9, ranks=[2, 1], seconds=3)
    assert [(one.ranks, one.threads, one.seconds, one.passes) for one in ASKED] == [
        (1, threads, 3, 2), (2, min(threads, 2), 0, 2), (2, min(threads, 2), 0, 2)
    ]  # fmt: skip
    assert found.cpu_clock == bool(clock), (
        "the CPU's clock when others are busy, if one thread makes it exact"
    )
    unit = 1.0 if clock else 2.0
    assert found.pass_seconds == 5 * unit
    assert [one.pass_seconds for one in found.costs] == [unit, 2 * unit]
    assert [one.peak for one in found.costs] == [1e8, 1e8 + 1]
    assert (found.costs[1].gather_rate, found.costs[1].scatter_rate) == (1e9, 5e8)
    assert (found.split_length, found.updates, found.busy) == (8, 7, 0.5)


@pytest.mark.usefixtures("no_processes")
def test_a_model_that_does_not_fit_is_refused_before_a_process_starts(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = launch.psutil.virtual_memory()._replace(available=5e8)
    monkeypatch.setattr(launch.psutil, "virtual_memory", lambda: free)
    with pytest.raises(
        RewarmError, match=r"about \d\.\d GB are needed, and 0\.5 GB are free on this machine"
    ):
        launch.probe(model, Train(device="cpu"), 64, 1)
    assert not ASKED


def test_a_rank_that_fails_is_named(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "alone", lambda *_: Failure("its worker died of SIGKILL"))
    with pytest.raises(RewarmError, match="a rank of 1 failed: its worker died of SIGKILL"):
        launch.probe(model, Train(device="cpu"), 64, 1)
    message = RewarmError("train.freeze: 'x' matches no parameter")
    monkeypatch.setattr(launch, "alone", lambda *_: Failure.raised(message))
    with pytest.raises(RewarmError, match=r"^train\.freeze"):
        launch.probe(model, Train(device="cpu"), 64, 1)
