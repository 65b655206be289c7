"""Settings of the step `holdout`."""

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Holdout(Part):
    share: Share = 0.02
    """Of each source's documents; kept from training, measured before and after."""
    min_documents: int = Field(16, ge=0)
    """Below this a channel's mean says little; at most half of a source is held out for it."""
    max_documents: Count = 400
    """Evaluation forwards every held-out token twice; beyond some hundred documents the mean is steady."""
