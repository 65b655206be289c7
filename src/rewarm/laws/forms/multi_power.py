"""Multi-power law (Luo et al. 2025, arXiv 2503.12811): the loss curve of a learning-rate schedule.

    L = L0 + A (S1/S0)^-alpha - B sum_k (dl_k/l0) [1 - (1 + C (l_k/l0)^-gamma S_k/S0)^-beta]

S1 is the sum of the rates up to the step, dl_k the drop of the rate at step k to l_k, and S_k the sum of the
rates since then. l0 and S0 are the highest rate and the largest S1 of the pilots. The sum starts at the
first step: a warm-up counts as a negative drop, and leaving it out shifts predictions by more than 0.1.

A few curves do not determine beta and gamma. Their bounds lie around the published fits of three model sizes
(beta 0.58 to 0.60, gamma 0.64 to 0.66). With wide bounds, leaving out one of three pilot curves gave twice
the error.
"""

import numpy as np

from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points
from rewarm.laws.schedules import Schedules


def schedules(points: Points) -> Schedules:
    if points.schedules is None:
        raise ValueError("no learning rates with these points")
    return points.schedules


def parameters(points: Points) -> tuple[Parameter, ...]:
    found = schedules(points)
    peak = max(float(rates.max()) for rates in found.rates)
    total = float(found.total.max())
    return (
        Parameter("L0", 1e-2, 20, start=(0.5, 4)),
        Parameter("A", 1e-4, 20, start=(0.05, 2)),
        Parameter("alpha", 0.02, 3, start=(0.1, 1)),
        Parameter("B", 1e-4, 20, start=(0.02, 1)),
        Parameter("C", 1e-2, 1e7, start=(10, 1e5)),
        Parameter("beta", 0.4, 1.0),
        Parameter("gamma", 0.4, 0.8),
        Parameter("l0", peak, peak),
        Parameter("S0", total, total),
    )


def predict(of: Values, points: Points) -> Array:
    found = schedules(points)
    drop = np.zeros((len(of["L0"]), len(found)))
    for run in np.unique(found.run):
        rows = np.flatnonzero(found.run == run)
        changes = found.changes[run]
        # [rows, changes]; 0 for changes that lie ahead of the row.
        since = np.maximum(0, found.total[rows][:, None] - changes.total[None]) / of["S0"][0]
        scale = of["C"] * (changes.rate / of["l0"]) ** -of["gamma"]
        gone = 1 - np.exp(-of["beta"][:, :, None] * np.log1p(scale[:, None, :] * since[None]))
        drop[:, rows] = gone @ (changes.drop / of["l0"][0])
    return np.asarray(of["L0"] + of["A"] * (found.total / of["S0"]) ** -of["alpha"] - of["B"] * drop)


LAW = Formula("multi-power", "arXiv 2503.12811", ("schedule",), parameters, predict)
