"""RegMix's and MultiPowerLaw's published runs: ranks of unseen mixes and losses of unseen schedules."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rewarm.laws.catalogue import BY_NAME
from rewarm.laws.points import Points
from rewarm.laws.schedules import Schedules, with_warmup

Array = NDArray[np.float64]
pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(os.environ["REWARM_SHARED_DATA"]) / "laws"


def table(path: Path) -> tuple[list[str], Array]:
    with path.open() as file:
        rows = list(csv.reader(file))
    return rows[0], np.array(rows[1:], dtype=np.float64)


def mixes(folder: Path, part: str, size: str) -> tuple[Points, Array]:
    names, shares = table(folder / f"regmix/data/{part}_mixture_{size}.csv")
    columns, losses = table(folder / f"regmix/data/{part}_pile_loss_{size}.csv")
    place = {index: row for row, index in enumerate(shares[:, 0])}
    found = np.stack([shares[place[index], 1:] for index in losses[:, 0]])
    target = next(number for number, name in enumerate(columns) if "pile_cc" in name)
    return Points(tuple(names[1:]), found / found.sum(axis=1, keepdims=True)), losses[:, target]


def test_the_gaussian_process_ranks_mixes_at_three_sizes(folder: Path) -> None:
    points, losses = mixes(folder, "train", "1m")
    fitted = BY_NAME["gaussian process"].fit(points, losses, noise=0.0, draws=0, seed=0)
    for size, least in (("1m", 0.99), ("60m", 0.986), ("1B", 0.96)):
        unseen, truth = mixes(folder, "test", size)
        ranks = [np.argsort(np.argsort(values)) for values in (fitted.predict(unseen), truth)]
        assert np.corrcoef(*ranks)[0, 1] >= least, size


def curves(folder: Path, *names: str) -> tuple[Points, Array]:
    found = [table(folder / f"multipowerlaw/loss_curve_repo/csv_100/{name}.csv")[1] for name in names]
    rates = tuple(with_warmup(one[:, 0], one[:, 1], 2160, int(one[-1, 0]) + 1) for one in found)
    run = np.concatenate([np.full(len(one), place, dtype=np.int64) for place, one in enumerate(found)])
    step = np.concatenate([one[:, 0].astype(np.int64) for one in found])
    points = Points(("all",), np.ones((len(run), 1)), schedules=Schedules(rates, run, step), run=run)
    return points, np.concatenate([one[:, 2] for one in found])


def test_the_multi_power_law_predicts_schedules_that_it_did_not_see(folder: Path) -> None:
    points, losses = curves(folder, "cosine_24000", "constant_24000", "wsdcon_9")
    fitted = BY_NAME["multi-power"].fit(points, losses, noise=0.0, draws=0, seed=0)
    # Without the warm-up in the sum, predictions are off by more than 0.1.
    for name, most in (("wsd_20000_24000", 0.003), ("wsdld_20000_24000", 0.003), ("cosine_72000", 0.015)):
        unseen, truth = curves(folder, name)
        assert np.abs(fitted.predict(unseen) - truth).mean() < most, name
