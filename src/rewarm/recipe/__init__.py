"""The recipe: everything a run does, as data. The only home of defaults, each with its reason.

`recipe/reading.py` reads it from YAML and turns what is wrong into letters with line numbers.
"""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from rewarm.recipe.clean import Clean
from rewarm.recipe.collect import Collect
from rewarm.recipe.decontaminate import Benchmark, Decontaminate
from rewarm.recipe.dedupe import Dedupe, Near
from rewarm.recipe.engine import Engine
from rewarm.recipe.evaluate import Evaluate
from rewarm.recipe.export import Export
from rewarm.recipe.holdout import Holdout
from rewarm.recipe.mix import Mix
from rewarm.recipe.pack import Pack
from rewarm.recipe.part import Count, Effect, Part, Share, count, without_effect
from rewarm.recipe.phrases import Phrases
from rewarm.recipe.redact import PersonalTypes, Redact
from rewarm.recipe.route import Route
from rewarm.recipe.select import Select
from rewarm.recipe.sources import Source
from rewarm.recipe.stages import Rope, Schedule, Stage
from rewarm.recipe.synthesize import Synthesize
from rewarm.recipe.talks import Conversations
from rewarm.recipe.tokenize import Tokenize
from rewarm.recipe.train import Forgetting, Guard, Lora, Parallel, Start, Train
from rewarm.recipe.trim import Trim

__all__ = [
    "Benchmark", "Clean", "Collect", "Conversations", "Count", "Decontaminate", "Dedupe", "Effect",
    "Engine", "Evaluate", "Export", "Forgetting", "Guard", "Holdout", "Lora", "Mix", "Near", "Pack",
    "Parallel", "Part", "PersonalTypes", "Phrases", "Recipe", "Redact", "Rope", "Route", "Schedule", "Select",
    "Share", "Source", "Stage", "Start", "Synthesize", "Tokenize", "Train", "Trim", "count", "without_effect",
]  # fmt: skip


# Of folders that commands name.
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


class Recipe(Part):
    """What a run does. Read with `reading.load`."""

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
    route: Route = Route()
    synthesize: Synthesize = Synthesize()
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
