"""The recipe: everything a run does, as data. The only home of defaults, each with its reason.

`recipe/reading.py` reads it from YAML and turns what is wrong into letters with line numbers.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe.cleaning import Dedupe, Near
from rewarm.recipe.decontaminate import Benchmark, Decontaminate
from rewarm.recipe.engine import Engine
from rewarm.recipe.part import Count, Effect, Part, Share, count, without_effect
from rewarm.recipe.personal import PersonalTypes, Redact
from rewarm.recipe.phrases import Phrases
from rewarm.recipe.rules import Clean, Select
from rewarm.recipe.sources import Collect, Holdout, Source
from rewarm.recipe.stages import Mix, Pack, Rope, Schedule, Stage, Tokenize
from rewarm.recipe.talks import Conversations
from rewarm.recipe.training import Forgetting, Guard, Lora, Parallel, Start, Train
from rewarm.recipe.trim import Trim

__all__ = [
    "Benchmark", "Clean", "Collect", "Conversations", "Count", "Decontaminate", "Dedupe", "Effect",
    "Engine", "Evaluate", "Export", "Forgetting", "Guard", "Holdout", "Lora", "Mix", "Near", "Pack",
    "Parallel", "Part", "PersonalTypes", "Phrases", "Recipe", "Redact", "Rope", "Schedule", "Select", "Share",
    "Source", "Stage", "Start", "Tokenize", "Train", "Trim", "count", "without_effect",
]  # fmt: skip


class Evaluate(Part):
    seq_len: int | None = Field(None, ge=8)
    """Longest held-out context; none means the packing length."""
    bootstrap: int = Field(1000, ge=100)
    """Resamples of documents behind each interval."""
    most_forgetting: float = Field(0.1, ge=0)
    """Bits per byte that a retained task may surely lose over the whole run. Beyond it, and where the domain
    itself got worse, the result is called worse than its base and the exit code is 4. The
    examples with replay lose less than 0.01; `forgetting.tolerance` warns long before."""


class Export(Part):
    dtype: Literal["base", "float32", "bfloat16"] = "base"
    """`base` is the dtype that the base model was saved in."""
    base_model: str | None = Field(None, pattern=r"^[\w.-]+/[\w.-]+$")
    """The base's ID on the Hugging Face Hub, for the model card, where `model` is a folder or a file."""


# Of folders that commands name.
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class Recipe(Part):
    """What a run does. Read with `recipe_file.load`."""

    name: str = Field(pattern=_NAME)
    """Names the run's directory: runs/NAME."""
    model: str
    """The base: a folder, a GGUF file, a hub id, or `package:NAME==VERSION/PATH.gguf`."""
    model_licence: str = "not stated"
    """Shown in the report and the model card."""
    seed: int = Field(0, ge=0)
    """Of every shuffle and draw."""
    engine: Engine = Engine()
    start: Start | None = None
    """None starts at the base model."""
    sources: list[Source] = Field(min_length=1)
    collect: Collect = Collect()
    holdout: Holdout = Holdout()
    redact: Redact = Redact()
    clean: Clean = Clean()
    select: Select = Select()
    phrases: Phrases = Phrases()
    dedupe: Dedupe = Dedupe()
    trim: Trim = Trim()
    decontaminate: Decontaminate = Decontaminate()
    tokenize: Tokenize = Tokenize()
    mix: Mix = Mix()
    pack: Pack = Pack()
    stages: list[Stage] = Field(min_length=1)
    train: Train = Train()
    guard: Guard = Guard()
    forgetting: Forgetting = Forgetting()
    evaluate: Evaluate = Evaluate()
    export: Export = Export()
    variants: dict[Annotated[str, Field(pattern=_NAME)], dict[str, Any]] = {}
    """Name → parts of the recipe that differ. Each is run; what they share is done once."""

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            raise ValueError(f"sources: two have the same name in {', '.join(names)}")
        stages = [stage.name for stage in self.stages]
        if len(set(stages)) < len(stages):
            raise ValueError(f"stages: two have the same name in {', '.join(stages)}")
        for stage in self.stages:
            for source in stage.mix:
                if source not in names:
                    raise ValueError(
                        f"stages.{stage.name}.mix: '{source}' is no source; sources are {', '.join(names)}"
                    )
        longest = max(stage.seq_len or self.pack.seq_len for stage in self.stages)
        if self.train.batch_tokens != "auto" and self.train.batch_tokens < longest:
            raise ValueError(
                f"train.batch_tokens: {self.train.batch_tokens} holds no sequence of "
                f"{longest} tokens (pack.seq_len, stages.seq_len); raise it or shorten the sequence"
            )
        return self

    @property
    def axes(self) -> list[str]:
        """`source` first, then every label axis in order of appearance."""
        return list(dict.fromkeys(["source", *(axis for source in self.sources for axis in source.labels)]))
