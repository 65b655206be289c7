"""Settings of the step `pack`."""

from pydantic import Field

from rewarm.recipe.part import Count, Part


class Pack(Part):
    seq_len: int = Field(2048, ge=8)
    """Tokens per sequence; at most the base model's own training length."""
    window: Count = 10_000
    """Documents packed together by best fit; windows stay in order."""
    block_tokens: Count = 1_000_000_000
    """Tokens per block, the unit of appending and of quarantine."""
