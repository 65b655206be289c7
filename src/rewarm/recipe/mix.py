"""Settings of the step `mix`."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Part


class Mix(Part):
    """What happens when the data cannot fill the stages. Preflight estimates this before anything runs; the
    step `mix`, the end of the run and the report show the exact figures."""

    shortfall: Literal["shrink", "fill", "stop"] = "shrink"
    """`shrink` (default): all stages are shortened by one factor until every source can provide its share, so
    mix and proportion of the stages stay as configured. An unnoticed change of the mix could cost general
    ability, and a run that is too short is cheap to repeat. `fill`: other sources replace what one lacks;
    the mix changes. `stop`: an error before training."""
    seed: int | None = Field(None, ge=0)
    """Of the choice of training documents, their order and new weights. None: the recipe's `seed`. Another
    value repeats a training on other documents, with the same held-out set: it shows the noise between
    runs."""
