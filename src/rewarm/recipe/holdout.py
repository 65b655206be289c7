"""Settings of the step `holdout`."""

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Holdout(Part):
    """Documents kept out of training and measured before and after it."""

    share: Share = 0.02
    """Share of each source's documents that are excluded from training and measured before and after."""
    min_documents: int = Field(16, ge=0)
    """With fewer documents a channel's mean is unreliable; at most half of a source is held out for it."""
    max_documents: Count = 400
    """Evaluation forwards every held-out token twice; with some hundred documents the mean is stable."""
