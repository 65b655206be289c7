"""Settings of a task: a benchmark that base and result answer (`evaluate/tasks/`)."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe.part import Count, Part


class Task(Part):
    """A benchmark, from local files or the hub."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """Name in tables and messages."""
    format: str = ""
    """Format of the records, which also gives the prompt and the hub dataset: `rewarm` for items of
    docs/tasks.md, or mmlu, ceval, cmmlu, arc_easy, arc_challenge, hellaswag, piqa, sciq, lambada, gsm8k,
    lawbench, medqa, pubmedqa. Empty: the task's name if that is one of these, otherwise `rewarm`."""
    path: Path | None = None
    """A file, a folder or a glob, relative to the recipe. None: the hub dataset."""
    hub: str | None = None
    """Another hub dataset with the same fields."""
    config: str | None = None
    """Configuration of the hub dataset. None: as the catalogue says."""
    split: str | None = None
    """Split of the hub dataset. None: as the catalogue says."""
    revision: str | None = None
    """Configuration, split and commit of the hub dataset."""
    form: Literal["auto", "letters", "cloze"] = "auto"
    """How options are answered: by their letter or by their text. `auto` takes the form in which base and
    result together are further above chance, so that neither is favoured."""
    normalise: Literal["none", "tokens", "characters", "bytes"] | None = None
    """Length that an option's log-likelihood is divided by. None: nothing with letters, bytes in cloze form,
    since long options are less likely at equal quality."""
    open: Literal["generation", "continuation"] | None = None
    """How items without options are answered: by greedy generation, or by whether the gold answer is the
    model's most likely continuation. None: as the format does."""
    shots: int = Field(0, ge=0, le=64)
    """Few-shot examples before each item."""
    shots_path: Path | None = None
    """File of the examples; they must not be items of the task."""
    limit: Count | None = None
    """Score only so many items, drawn by their IDs. None: all."""
    max_tokens: Count = 256
    """Longest generated answer."""
    twins: Path | None = None
    """Items of the same kind that were never published, or only after the training data: what `--leaks`
    compares the task's items with."""
    domain: bool = False
    """Whether the task belongs to the domain: then a gain is learning, otherwise a loss is forgetting.
    Also true if all items have the label `task: domain`, as those that `rewarm bench build` makes."""
    needs: Literal["", "instructions", "math", "code"] = ""
    """Kind of data that the ability comes from, for advice on the anneal. Empty: known for the catalogue's
    tasks."""

    @model_validator(mode="before")
    @classmethod
    def _formatted(cls, data: object) -> object:
        from_name = {
            "mmlu", "ceval", "cmmlu", "arc_easy", "arc_challenge", "hellaswag", "piqa", "sciq", "lambada",
            "gsm8k", "lawbench", "medqa", "pubmedqa",
        }  # fmt: skip
        if isinstance(data, dict) and not data.get("format"):
            return {**data, "format": data["name"] if data.get("name") in from_name else "rewarm"}
        return data

    @model_validator(mode="after")
    def _has_items(self) -> Self:
        if self.format == "rewarm" and self.path is None and self.hub is None:
            raise ValueError(
                f"task {self.name}: give `path`, a file of items, or the `format` of a known benchmark"
            )
        return self
