"""Shift and learning: the loss moves to another distribution, and its own text lowers it.

    L = b + S (1 - r)^p D/(D + tau D0) - G r^q [1 - (1 + D/(omega D0))^-delta]

The first term is the shift away from what the base was trained on: it saturates, because a loss cannot
rise above that of a model which never saw the source. The second is what the own share of tokens teaches,
with the saturating power of 2505.07796. A general loss that rises and then falls needs both; D-CPT's form
has no such shape.
"""

import numpy as np

from rewarm.laws.forms.references import free_if, reference
from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points


def parameters(points: Points) -> tuple[Parameter, ...]:
    tokens = points.varies("tokens")
    return (
        Parameter("b", 0.05, 25, start=(0.5, 5)),
        Parameter("S", 1e-5, 20, start=(0.003, 1)),
        Parameter("p", 0.05, 8, start=(0.3, 3)),
        free_if(tokens, Parameter("tau", 1e-3, 1e3, start=(0.02, 10)), 1.0),
        Parameter("G", 1e-5, 20, start=(0.003, 1)),
        Parameter("q", 0.02, 5, start=(0.1, 2)),
        free_if(tokens, Parameter("omega", 1e-3, 1e3, start=(0.02, 10)), 1.0),
        free_if(tokens, Parameter("delta", 0.02, 3, start=(0.1, 1)), 1.0),
        reference("D0", points, "tokens"),
    )


def predict(of: Values, points: Points) -> Array:
    share, tokens = points.own_share, points.columns["tokens"] / of["D0"]
    shift = of["S"] * np.maximum(0, 1 - share) ** of["p"] * tokens / (tokens + of["tau"])
    learned = of["G"] * share ** of["q"] * (1 - (1 + tokens / of["omega"]) ** -of["delta"])
    return np.asarray(of["b"] + shift - learned)


LAW = Formula("shift + learning", "this project", ("own", "tokens"), parameters, predict)
