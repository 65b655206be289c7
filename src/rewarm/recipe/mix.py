"""Settings of the step `mix`."""

from typing import Literal

from rewarm.recipe.part import Part


class Mix(Part):
    """What happens when the data cannot fill the stages. Preflight estimates this before anything runs; the
    step `mix`, the end of the run and the report show the exact figures."""

    shortfall: Literal["shrink", "fill", "stop"] = "shrink"
    """`shrink` (default): all stages are shortened by one factor until every source can provide its share, so
    mix and proportion of the stages stay as configured. An unnoticed change of the mix could cost general
    ability, and a run that is too short is cheap to repeat. `fill`: other sources replace what one lacks;
    the mix changes. `stop`: an error before training."""
