"""What the parts of a recipe are made of."""

import re
from enum import Enum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}


def count(value: Any) -> Any:
    """Read 40k, 1.5M, 2B as numbers; anything else goes on as it came."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmbgt]?)", str(value).strip().lower().replace("_", ""))
    return round(float(match[1]) * _UNITS[match[2]]) if match and not isinstance(value, bool) else value


Count = Annotated[int, BeforeValidator(count), Field(gt=0)]


Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A part of the recipe: unknown keys are errors, values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Effect(Enum):
    """The most that a setting can do to the trained weights, as an annotation of its field.

    Fields without one can change anything. Those with one stay out of the key of a training, so that
    changing them never restarts it; the run records which values were used.
    """

    NONE = "none"
    """What is kept, shown or logged: the weights are the same bits."""
    ROUNDING = "rounding"
    """Another order of the same sums: memory, speed and the last bits."""


def without_effect(part: type[Part]) -> tuple[str, ...]:
    """The fields of `part` that change nothing, or only rounding."""
    return tuple(
        name
        for name, field in part.model_fields.items()
        if any(isinstance(mark, Effect) for mark in field.metadata)
    )
