"""Types shared by all parts of a recipe."""

import re
from enum import Enum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}


def count(value: object) -> object:
    """Read 40k, 1.5M, 2B as numbers; return anything else unchanged."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmbgt]?)", str(value).strip().lower().replace("_", ""))
    return round(float(match[1]) * _UNITS[match[2]]) if match and not isinstance(value, bool) else value


Count = Annotated[int, BeforeValidator(count), Field(gt=0)]


Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A part of the recipe: unknown keys are errors, values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Effect(Enum):
    """The most that a setting can do to the trained weights, as an annotation of its field.

    Fields without one can change anything. Fields with one are not part of the key of a training, so
    changing them never restarts it; the run records the values used.
    """

    NONE = "none"
    """Changes only files and messages: the weights are the same bits."""
    ROUNDING = "rounding"
    """Changes the order of sums: memory, speed and the last bits."""


def without_effect(part: type[Part]) -> tuple[str, ...]:
    """The fields of `part` that change nothing, or only rounding."""
    return tuple(
        name
        for name, field in part.model_fields.items()
        if any(isinstance(mark, Effect) for mark in field.metadata)
    )
