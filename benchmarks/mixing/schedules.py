"""Published loss curves of three model sizes (MultiPowerLaw): fit three schedules, predict six others.

Fitted: cosine_24000, constant_24000 and wsdcon_9. The bars are the errors that the paper's authors publish
for the same split. The law and its settings are those of the package; held-out curves are not used.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from support import result_table

from rewarm.laws.forms import multi_power
from rewarm.laws.points import Points
from rewarm.laws.schedules import Schedules, with_warmup

Array = NDArray[np.float64]
FITTED = ("cosine_24000", "constant_24000", "wsdcon_9")
HELD_OUT = ("constant_72000", "cosine_72000", "wsd_20000_24000", "wsdld_20000_24000", "wsdcon_3", "wsdcon_18")
BARS = {25: 0.0038, 100: 0.0044, 400: 0.0049}
WARMUP = 2160


def load(folder: Path, size: int, names: tuple[str, ...]) -> tuple[Points, Array]:
    rates, run, step, loss = [], [], [], []
    for number, name in enumerate(names):
        with (folder / f"csv_{size}" / f"{name}.csv").open() as file:
            table = np.array(list(csv.reader(file))[1:], dtype=np.float64)
        rates.append(with_warmup(table[:, 0], table[:, 1], WARMUP, int(table[-1, 0]) + 1))
        run.append(np.full(len(table), number, dtype=np.int64))
        step.append(table[:, 0].astype(np.int64))
        loss.append(table[:, 2])
    runs = np.concatenate(run)
    found = Schedules(tuple(rates), runs, np.concatenate(step))
    return Points(("all",), np.ones((len(runs), 1)), schedules=found, run=runs), np.concatenate(loss)


def rows(folder: Path, smoke: bool) -> list[result_table.Row]:
    out = []
    for size, bar in BARS.items() if not smoke else [(25, BARS[25])]:
        points, losses = load(folder, size, FITTED)
        fitted = multi_power.LAW.fit(points, losses, noise=0.0, draws=0, seed=0)
        held_out, truth = load(folder, size, HELD_OUT)
        errors = np.abs(fitted.predict(held_out) - truth)
        out.append(
            result_table.row(f"multi-power {size}M: mean absolute error", errors.mean(), bar, at_most=True)
        )
        for number, name in enumerate(HELD_OUT):
            error = errors[held_out.run == number].mean()
            out.append(result_table.row(f"multi-power {size}M: {name}", error))
    return out
