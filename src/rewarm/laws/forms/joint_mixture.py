"""Joint mixture law (Shukor et al. 2025, arXiv 2507.09404): shares of all sources, tokens and size.

    additive  L = E + 1 / sum_i C_i h_i^gamma_i + A (N/N0)^-alpha + B (D/D0)^-beta
    joint     A = (sum_i a_i h_i)^p,  B = (sum_i b_i h_i)^q

In the additive law the best mix does not depend on tokens or size; in the joint law it does. Terms of a
column that does not vary in the pilots are left out.
"""

import numpy as np

from rewarm.laws.forms.references import free_if, reference
from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points

_COLUMNS = (("A", "alpha", "N0", "size", "p"), ("B", "beta", "D0", "tokens", "q"))


def _shared(points: Points) -> tuple[Parameter, ...]:
    powers = [
        parameter
        for _, exponent, base, column, _ in _COLUMNS
        for parameter in (
            free_if(points.varies(column), Parameter(exponent, 0.01, 3, start=(0.05, 1)), 0.01),
            reference(base, points, column),
        )
    ]
    return (
        Parameter("E", 1e-2, 20, start=(0.3, 4)),
        Parameter("C", 1e-4, 1e4, each_share=True, start=(0.1, 10)),
        Parameter("gamma", 0.02, 5, each_share=True, start=(0.1, 2)),
        *powers,
    )


def _additive(points: Points) -> tuple[Parameter, ...]:
    return (
        *_shared(points),
        *(
            free_if(points.varies(column), Parameter(name, 1e-5, 20, start=(0.03, 2)), 1e-12)
            for name, _, _, column, _ in _COLUMNS
        ),
    )


def _joint(points: Points) -> tuple[Parameter, ...]:
    terms = list(_shared(points))
    for name, _, _, column, power in _COLUMNS:
        varies = points.varies(column)
        low, high = (1e-5, 20.0) if varies else (1e-12, 1e-12)
        terms.append(Parameter(name, low, high, each_share=True, start=(0.03, 2) if varies else None))
        terms.append(free_if(varies, Parameter(power, 0.1, 3, start=(0.5, 1.5)), 1.0))
    return tuple(terms)


def _mix(of: Values, points: Points) -> Array:
    powers = points.shares[None] ** of["gamma"][:, None, :]
    return np.asarray(of["E"] + 1 / np.maximum(1e-9, np.einsum("brs,bs->br", powers, of["C"])))


def _predict_additive(of: Values, points: Points) -> Array:
    loss = _mix(of, points)
    for name, exponent, base, column, _ in _COLUMNS:
        if column in points.columns:
            loss = loss + of[name] * (points.columns[column] / of[base]) ** -of[exponent]
    return loss


def _predict_joint(of: Values, points: Points) -> Array:
    loss = _mix(of, points)
    for name, exponent, base, column, power in _COLUMNS:
        if column in points.columns:
            factor = (of[name] @ points.shares.T) ** of[power]
            loss = loss + factor * (points.columns[column] / of[base]) ** -of[exponent]
    return loss


ADDITIVE = Formula("additive mixture", "arXiv 2507.09404", ("shares",), _additive, _predict_additive)
JOINT = Formula("joint mixture", "arXiv 2507.09404", ("shares", "tokens"), _joint, _predict_joint)
