"""Forgetting with injected pre-training data (Bethune et al. 2025, arXiv 2502.06042).

    L = L0 + A (D/D0)^beta (1 + B p)^-alpha (N/N0)^-alpha

L is the loss on pre-training text, L0 that of the base, p the share of pre-training text in the mix. The
published finding: p = 0.01 is enough to stop most of the forgetting, so B is large.
"""

import numpy as np

from rewarm.laws.forms.references import free_if, reference
from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points


def parameters(points: Points) -> tuple[Parameter, ...]:
    return (
        Parameter("L0", 0.05, 20, start=(0.5, 4)),
        Parameter("A", 1e-5, 20, start=(0.01, 2)),
        free_if(points.varies("tokens"), Parameter("beta", 0.01, 3, start=(0.05, 1)), 1e-9),
        Parameter("B", 0.1, 1e5, start=(1, 1000)),
        Parameter("alpha", 0.02, 4, start=(0.1, 1.5)),
        reference("N0", points, "size"),
        reference("D0", points, "tokens"),
    )


def predict(of: Values, points: Points) -> Array:
    size = points.columns["size"] / of["N0"] if "size" in points.columns else np.ones(1)
    capacity = ((1 + of["B"] * points.own_share) * size) ** -of["alpha"]
    return np.asarray(of["L0"] + of["A"] * (points.columns["tokens"] / of["D0"]) ** of["beta"] * capacity)


LAW = Formula("forgetting", "arXiv 2502.06042", ("own", "tokens"), parameters, predict)
