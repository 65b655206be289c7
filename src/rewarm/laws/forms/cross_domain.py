"""Cross-domain D-CPT law (arXiv 2406.01375, section 4): one law for several domains.

    L = D-CPT + F (K/K0)^-mu,   K = 1/k1 + w k2

K is how learnable a domain is: k1 is the base's loss on it (`initial_loss`) and k2 the drop of that loss
early in a run (`early_drop`). A new domain then needs only these two values, not pilots of its own. The
published K has a weight on both terms; one of them is part of F.
"""

import numpy as np

from rewarm.laws.forms import dcpt
from rewarm.laws.forms.references import free_if, reference
from rewarm.laws.formula import Array, Formula, Parameter, Values
from rewarm.laws.points import Points


def parameters(points: Points) -> tuple[Parameter, ...]:
    domains, drops = points.varies("initial_loss"), points.varies("early_drop")
    return (
        *dcpt.parameters(points),
        free_if(domains or drops, Parameter("F", 1e-5, 20, start=(0.03, 2)), 1e-12),
        free_if(domains or drops, Parameter("mu", 0.01, 6, start=(0.1, 2)), 0.01),
        free_if(drops, Parameter("w", 1e-3, 100, start=(0.03, 10)), 1e-3),
        reference("k0", points, "initial_loss"),
    )


def predict(of: Values, points: Points) -> Array:
    learnability = 1 / points.columns["initial_loss"] + of["w"] * points.columns["early_drop"]
    return np.asarray(dcpt.predict(of, points) + of["F"] * (learnability * of["k0"]) ** -of["mu"])


LAW = Formula(
    "cross-domain dcpt",
    "arXiv 2406.01375",
    ("own", "tokens", "initial_loss", "early_drop"),
    parameters,
    predict,
)
