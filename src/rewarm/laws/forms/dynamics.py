"""Learning dynamics of continued pre-training (Wang et al. 2025, arXiv 2505.07796).

    L = L0 + A (S_pt + S1/S0)^-alpha - C S2/S20 + B (1 - r)^p [1 - (1 + F S1/S0)^-beta]

S1 is the sum of the rates of the run, S2 its annealing area (drops of the rate, each with a memory of
`DECAY` per step), r the own share where a mix is given. An open base does not publish what its
pre-training did: S_pt is fitted, and the base's own annealing area is part of L0, which assumes that the
base was annealed fully.
"""

import numpy as np

from rewarm.laws.forms.multi_power import schedules
from rewarm.laws.forms.references import free_if
from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points
from rewarm.laws.schedules import Schedules

DECAY = 0.999


def annealing_area(found: Schedules) -> Array:
    """float64 [rows]: S2 at each row."""
    area = np.zeros(len(found))
    for run in np.unique(found.run):
        rows, changes = np.flatnonzero(found.run == run), found.changes[run]
        since = np.maximum(0, found.step[rows][:, None] - changes.step[None] + 1)
        area[rows] = ((1 - DECAY**since) / (1 - DECAY)) @ changes.drop
    return area


def parameters(points: Points) -> tuple[Parameter, ...]:
    found = schedules(points)
    total, area = float(found.total.max()), float(np.abs(annealing_area(found)).max())
    mixed = points.own is not None and len(points) > 0 and bool(np.ptp(points.own_share) > 0)
    return (
        Parameter("L0", 1e-2, 20, start=(0.5, 4)),
        Parameter("A", 1e-5, 20, start=(0.03, 2)),
        Parameter("S_pt", 1e-4, 1e4, start=(0.01, 30)),
        Parameter("alpha", 0.02, 3, start=(0.1, 1)),
        Parameter("C", 1e-6, 20, start=(0.001, 0.5)),
        Parameter("B", 1e-5, 20, start=(0.01, 2)),
        free_if(mixed, Parameter("p", 0.05, 8, start=(0.3, 3)), 1e-9),
        Parameter("F", 1e-2, 1e4, start=(0.3, 300)),
        Parameter("beta", 0.02, 5, start=(0.1, 1.5)),
        Parameter("S0", total, total),
        Parameter("S20", max(area, 1e-12), max(area, 1e-12)),
    )


def predict(of: Values, points: Points) -> Array:
    found = schedules(points)
    total = found.total / of["S0"]
    loss = of["L0"] + of["A"] * (of["S_pt"] + total) ** -of["alpha"]
    loss = loss - of["C"] * annealing_area(found) / of["S20"]
    shift = of["B"] * (1 - (1 + of["F"] * total) ** -of["beta"])
    if points.own is not None:
        shift = shift * np.maximum(1e-12, 1 - points.own_share) ** of["p"]
    return np.asarray(loss + shift)


LAW = Formula("cpt dynamics", "arXiv 2505.07796", ("schedule",), parameters, predict)
