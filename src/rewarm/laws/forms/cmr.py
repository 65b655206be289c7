"""Critical mixture ratio (Gu et al. 2024, arXiv 2407.17467): two powers of the training tokens.

    L = b + a (1 - r)^p (D/D0)^s - g r^q (D/D0)^u

Published for one ratio at a time: the domain loss changes by a power of the tokens, the general loss first
rises and then falls (two powers). Here the coefficients are powers of the shares, so that one fit covers
all ratios: other text forgets (first term), own text learns (second term).
"""

import numpy as np

from rewarm.laws.forms.references import free_if, reference
from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points


def parameters(points: Points) -> tuple[Parameter, ...]:
    tokens = points.varies("tokens")
    return (
        Parameter("b", 0.05, 25, start=(0.5, 5)),
        Parameter("a", 1e-6, 20, start=(0.003, 1)),
        Parameter("p", 0.05, 8, start=(0.3, 3)),
        free_if(tokens, Parameter("s", 0.01, 2, start=(0.05, 0.8)), 1e-9),
        Parameter("g", 1e-6, 20, start=(0.003, 1)),
        Parameter("q", 0.02, 5, start=(0.1, 2)),
        free_if(tokens, Parameter("u", 0.01, 2, start=(0.05, 0.8)), 1e-9),
        reference("D0", points, "tokens"),
    )


def predict(of: Values, points: Points) -> Array:
    share, tokens = points.own_share, points.columns["tokens"] / of["D0"]
    rise = of["a"] * np.maximum(0, 1 - share) ** of["p"] * tokens ** of["s"]
    return np.asarray(of["b"] + rise - of["g"] * share ** of["q"] * tokens ** of["u"])


LAW = Formula("cmr", "arXiv 2407.17467", ("own", "tokens"), parameters, predict)
