"""What the parts of a recipe are made of."""

import re
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
