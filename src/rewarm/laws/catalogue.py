"""The list of forms. A form is a file in `forms/` and a line here."""

from rewarm.errors import RewarmError
from rewarm.laws.forms import (
    boosting,
    cmr,
    cross_domain,
    dcpt,
    dynamics,
    exponential,
    forgetting,
    gaussian_process,
    joint_mixture,
    multi_power,
    repetition,
    shift_learning,
)
from rewarm.laws.law import Law

LAWS: tuple[Law, ...] = (
    dcpt.LAW,
    cross_domain.LAW,
    cmr.LAW,
    shift_learning.LAW,
    forgetting.LAW,
    repetition.LAW,
    exponential.LAW,
    joint_mixture.ADDITIVE,
    joint_mixture.JOINT,
    gaussian_process.LAW,
    boosting.LAW,
    multi_power.LAW,
    dynamics.LAW,
)
BY_NAME = {law.name: law for law in LAWS}


def named(name: str) -> Law:
    """The law of this name.

    Raises:
        RewarmError: there is none.
    """
    if name not in BY_NAME:
        raise RewarmError(f"--form: {name!r} is not one of {', '.join(sorted(BY_NAME))}")
    return BY_NAME[name]
