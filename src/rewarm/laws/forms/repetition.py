"""Repetition (Muennighoff et al. 2023, arXiv 2305.16264): what repeated tokens are worth.

    D_eff = U + U R* [1 - exp(-R / R*)],   L = E + B (D_eff/D0)^-beta

U is the number of unique own tokens seen, R the number of repetitions after the first pass. R* = 15.4 is
the published value for pre-training from scratch; it is fitted where `unique_tokens` is given.
"""

import numpy as np

from rewarm.laws.forms.references import reference
from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points

PUBLISHED_HALF_LIFE = 15.4


def effective_tokens(tokens: Array, unique: Array, decay: Array | float = PUBLISHED_HALF_LIFE) -> Array:
    """Fresh tokens that would teach as much as `tokens` drawn from `unique` ones."""
    seen = np.maximum(np.minimum(tokens, unique), 1e-9)
    repeats = np.maximum(0, tokens / seen - 1)
    return np.asarray(seen + seen * decay * (1 - np.exp(-repeats / decay)))


def parameters(points: Points) -> tuple[Parameter, ...]:
    return (
        Parameter("E", 1e-2, 20, start=(0.3, 4)),
        Parameter("B", 1e-5, 50, start=(0.03, 3)),
        Parameter("beta", 0.01, 3, start=(0.05, 1)),
        Parameter("R*", 0.3, 200, start=(2, 40)),
        reference("D0", points, "unique_tokens"),
    )


def predict(of: Values, points: Points) -> Array:
    own = points.own_share * points.columns["tokens"]
    effective = effective_tokens(own, points.columns["unique_tokens"], of["R*"])
    return np.asarray(of["E"] + of["B"] * (effective / of["D0"]) ** -of["beta"])


LAW = Formula("repetition", "arXiv 2305.16264", ("own", "tokens", "unique_tokens"), parameters, predict)
