"""Reference values, so that a coefficient is a loss at a typical pilot and starts need no units."""

import numpy as np

from rewarm.laws.formula import Parameter
from rewarm.laws.points import Points


def reference(name: str, points: Points, column: str) -> Parameter:
    """A fixed parameter: the geometric mean of a column's positive values, 1 without the column."""
    values = points.columns.get(column, np.ones(1))
    positive = values[values > 0]
    mean = float(np.exp(np.log(positive).mean())) if len(positive) else 1.0
    return Parameter(name, mean, mean)


def free_if(free: bool, parameter: Parameter, fixed: float) -> Parameter:
    """The parameter, or a constant where the inputs do not determine it."""
    return parameter if free else Parameter(parameter.name, fixed, fixed, log=parameter.log)
