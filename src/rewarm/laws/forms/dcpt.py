"""D-CPT law (Que et al. 2024, arXiv 2406.01375): loss over own share, tokens and model size.

    L = E + A (N/N0)^-alpha + B r^eta (D/D0)^-beta + C (r + epsilon)^-gamma

r is the share of the source that the loss belongs to, D the training tokens, N the model's parameters; N0
and D0 are means of the pilots. The published form has the same terms without references. Size and tokens
that do not vary in the pilots fix their exponents.
"""

import numpy as np

from rewarm.laws.forms.references import free_if, reference
from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points


def parameters(points: Points) -> tuple[Parameter, ...]:
    sizes, tokens = points.varies("size"), points.varies("tokens")
    return (
        Parameter("E", 1e-2, 20, start=(0.3, 4)),
        free_if(sizes, Parameter("A", 1e-5, 20, start=(0.03, 2)), 1e-12),
        free_if(sizes, Parameter("alpha", 0.01, 3, start=(0.05, 1)), 0.01),
        Parameter("B", 1e-5, 50, start=(0.01, 3)),
        Parameter("eta", 0.01, 5, start=(0.05, 2)),
        free_if(tokens, Parameter("beta", 0.01, 3, start=(0.05, 1)), 1e-9),
        Parameter("C", 1e-6, 20, start=(0.01, 2)),
        Parameter("epsilon", 1e-3, 1, start=(0.01, 0.5)),
        Parameter("gamma", 0.01, 5, start=(0.1, 2)),
        reference("N0", points, "size"),
        reference("D0", points, "tokens"),
    )


def predict(of: Values, points: Points) -> Array:
    share = points.own_share
    loss = of["E"] + of["C"] * (share + of["epsilon"]) ** -of["gamma"]
    loss = loss + of["B"] * share ** of["eta"] * (points.columns["tokens"] / of["D0"]) ** -of["beta"]
    if "size" in points.columns:
        loss = loss + of["A"] * (points.columns["size"] / of["N0"]) ** -of["alpha"]
    return np.asarray(loss)


LAW = Formula("dcpt", "arXiv 2406.01375", ("own", "tokens"), parameters, predict)
