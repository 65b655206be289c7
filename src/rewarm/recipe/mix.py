"""Settings of the step `mix`."""

from typing import Literal

from rewarm.recipe.part import Part


class Mix(Part):
    """What happens when the data cannot fill the stages. Preflight estimates it before anything runs; the
    exact figures are printed by the step `mix`, at the end of the run and in the report."""

    shortfall: Literal["shrink", "fill", "stop"] = "shrink"
    """`shrink`: all stages get shorter by one factor until every source can give its share, so the mix and
    the proportion of the stages stay as written. The default, since a mix that changes by itself can cost
    what it was to protect, and a run that is too short is repeated cheaply. `fill`: the other sources give
    what one lacks; the mix changes. `stop`: an error before training."""
