"""Exponential mixing law (Ye et al. 2024, arXiv 2403.16952): loss over the shares of all sources.

    L = c + exp(sum_j t_j h_j)

The published coefficient k is part of the t_j, because shares sum to 1.
"""

import numpy as np

from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points


def parameters(points: Points) -> tuple[Parameter, ...]:
    return (
        Parameter("c", 1e-3, 20, start=(0.3, 4)),
        Parameter("t", -15, 5, log=False, each_share=True, start=(-2, 1.5)),
    )


def predict(of: Values, points: Points) -> Array:
    return np.asarray(of["c"] + np.exp(of["t"] @ points.shares.T))


LAW = Formula("exponential", "arXiv 2403.16952", ("shares",), parameters, predict)
