"""Settings of the step `mix`."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Mix(Part):
    """How open shares are settled, and what happens when the data cannot fill the stages. Preflight estimates
    this before anything runs; the step `mix`, the end of the run and the report show the exact figures."""

    shortfall: Literal["shrink", "fill", "stop"] = "shrink"
    """`shrink` (default): all stages are shortened by one factor until every source can provide its share, so
    mix and proportion of the stages stay as configured. An unnoticed change of the mix could cost general
    ability, and a run that is too short is cheap to repeat. `fill`: other sources replace what one lacks;
    the mix changes. `stop`: an error before training."""
    seed: int | None = Field(None, ge=0)
    """Of the choice of training documents, their order and new weights. None: the recipe's `seed`. Another
    value repeats a training on other documents, with the same held-out set: it shows the noise between
    runs."""
    without: list[str] = []
    """Sources whose documents no stage trains on; their held-out documents are still measured. `rewarm run
    --without SOURCE` sets it."""
    adaptation: Literal["auto", "knowledge", "language", "long-context"] = "auto"
    """Decides the share of general text where it is `auto`. `auto`: long-context where a stage changes the
    positions, language where the domain's language is neither Chinese nor English and general text has none
    of it, else knowledge."""
    examples: Path | list[str] = []
    """Examples of the user's tasks: a file of records with `text`, relative to the recipe, or texts. General
    text on `auto` is moved toward the sources whose documents they resemble."""
    examples_weight: Share = 0.5
    """How far: 0 keeps the start, 1 takes the examples' shares alone. A handful of examples says little about
    what a model must not forget."""
    max_formatted: Count | None = 1000
    """Strongly formatted documents of a source that may be drawn, the best by quality, over all stages.
    Fewer than a thousand already teach a format, and more cost general ability. Code is exempt. None: all."""
    formatted_ratio: Share = 0.5
    """From this share of characters in lines of tables, JSON, markup and rules on, a document is strongly
    formatted (`format_ratio` of `clean`)."""
