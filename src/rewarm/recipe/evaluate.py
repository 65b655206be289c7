"""Settings of the step `evaluate`."""

from pydantic import Field

from rewarm.recipe.part import Part


class Evaluate(Part):
    seq_len: int | None = Field(None, ge=8)
    """Longest held-out context; none means the packing length."""
    bootstrap: int = Field(1000, ge=100)
    """Resamples of documents behind each interval."""
    most_forgetting: float = Field(0.1, ge=0)
    """Bits per byte that a retained task may surely lose over the whole run. Beyond it, and where the domain
    itself got worse, the result is called worse than its base and the exit code is 4. The
    examples with replay lose less than 0.01; `forgetting.tolerance` warns long before."""
