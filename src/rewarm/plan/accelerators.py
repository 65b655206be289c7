"""The table of accelerators: a data file, checked when it is read.

`efficiency` is the share of the stated peak that a whole training step reaches, recomputation counted as
work. It is the only fitted number of the plan, one per accelerator; where no published run was found it is
assumed from cards of the same generation and `measured` is empty.
"""

from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field

from rewarm.errors import RewarmError


class Accelerator(BaseModel):
    """One card. tflops: dense bf16, 10^12 operations per second; memory: GB of 10^9 bytes; bandwidth: TB/s;
    cards: of one machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: str
    tflops: float = Field(gt=0)
    memory: float = Field(gt=0)
    bandwidth: float = Field(gt=0)
    efficiency: float = Field(gt=0, le=1)
    cards: int = Field(ge=1)
    source: str = Field(min_length=1)
    measured: str


@cache
def table() -> tuple[Accelerator, ...]:
    """All accelerators, in the order of the file."""
    rows = yaml.safe_load(files("rewarm.plan").joinpath("accelerators.yaml").read_text("utf-8"))
    return tuple(Accelerator.model_validate(row) for row in rows)


def find(name: str) -> Accelerator:
    """By name. Raises RewarmError with the known names."""
    for one in table():
        if one.name == name.lower():
            return one
    known = ", ".join(one.name for one in table())
    raise RewarmError(f"--gpu: {name!r} is not one of {known}")
