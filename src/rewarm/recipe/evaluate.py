"""Settings of the step `evaluate`."""

from pathlib import Path

from pydantic import Field

from rewarm.recipe.part import Part
from rewarm.recipe.tasks import Task


class Evaluate(Part):
    """Held-out losses of base and result, and the tasks that both answer."""

    seq_len: int | None = Field(None, ge=8)
    """Longest held-out context. None: pack.seq_len."""
    document_tokens: int | None = Field(None, ge=2)
    """Score only this many first tokens of each held-out document. None: all. Every scored token is forwarded
    by the base and by the result, so long documents can cost more than a short training."""
    max_tokens: int | None = Field(None, ge=16)
    """Score at most about this many tokens of each source's held-out documents: the longest are cut to a
    common length, and every document stays, since a channel's interval rests on their number. None: all."""
    bootstrap: int = Field(1000, ge=100)
    """Number of resamples of documents for each interval."""
    most_forgetting: float = Field(0.1, ge=0)
    """Bits per byte that a retained task may lose over the whole run. If its interval lies above, or the
    domain got worse, the result counts as worse than its base and the exit code is 4. The examples with
    replay lose less than 0.01; `forgetting.tolerance` warns much earlier."""

    tasks: list[Task] = []
    """Benchmarks that `rewarm evaluate` asks base and result."""
    prompts: list[str] | Path = []
    """Prompts that base and result complete greedily, shown side by side in the report: texts, or a file
    relative to the recipe with one prompt per line (`.jsonl`: the field `prompt`)."""
    max_new_tokens: int = Field(128, ge=1)
    """Longest completion of a prompt. 128 tokens show whether style and facts changed; each costs a forward
    pass of both models."""
    chat_prompts: bool = False
    """Put each prompt into the tokenizer's chat template. A base model continues text, so false."""

    def scored_part(self) -> dict[str, int]:
        """What is scored, for a step's configuration; without limits the keys of earlier runs stay."""
        limits = {"document_tokens": self.document_tokens, "max_tokens": self.max_tokens}
        return {name: limit for name, limit in limits.items() if limit is not None}
