"""Settings of the step `pack`."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Pack(Part):
    """Put documents into sequences of `seq_len` tokens by best fit (Ding et al. 2024, 2404.10830)."""

    seq_len: int = Field(2048, ge=8)
    """Tokens per sequence; at most the base model's own training length."""
    method: Literal["best_fit", "concatenate"] = "best_fit"
    """`best_fit` cuts only documents longer than a sequence (Ding et al. 2024, 2404.10830); `concatenate`
    puts documents one after another and cuts about one per sequence, without any padding."""
    split: Literal["boundary", "exact"] = "boundary"
    """Where `best_fit` cuts a document longer than a sequence. `boundary`: behind a paragraph, line or
    sentence in the last eighth of the sequence, never inside a character. `exact`: at the sequence's
    length."""
    max_padding: Share = 0.001
    """Share of padding up to which `best_fit` cuts long documents at boundaries and keeps groups of related
    documents whole. Beyond it, cuts move nearer to the sequence's length, and then a quarter of the groups at
    most is given up, whose documents fill the room. 1 never gives up either."""
    window: Count = 10_000
    """Documents packed together; windows stay in order, and a band of a curriculum begins a new one."""
    block_tokens: Count = 1_000_000_000
    """Tokens per block, the unit of appending and of quarantine."""
