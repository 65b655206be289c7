"""The recipe: everything a run does, as data. The only home of defaults, each with its reason.

`recipe/reading.py` reads it from YAML and turns faults into error messages with line numbers.
"""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from rewarm.recipe import selectors, shares
from rewarm.recipe.annotate import Annotate
from rewarm.recipe.clean import Clean
from rewarm.recipe.collect import Collect, Rights
from rewarm.recipe.conversations import Conversations
from rewarm.recipe.cut_off import cut_off
from rewarm.recipe.dates import Day, SourceDate
from rewarm.recipe.decontaminate import Benchmark, Decontaminate
from rewarm.recipe.dedupe import Dedupe, Near
from rewarm.recipe.engine import Engine
from rewarm.recipe.evaluate import Evaluate
from rewarm.recipe.export import Export
from rewarm.recipe.holdout import Holdout
from rewarm.recipe.mix import Mix
from rewarm.recipe.order import Order, Ordering
from rewarm.recipe.pack import Pack
from rewarm.recipe.part import Count, Effect, Part, Share, count, without_effect
from rewarm.recipe.phrases import Phrases
from rewarm.recipe.redact import PersonalTypes, Redact
from rewarm.recipe.route import Route
from rewarm.recipe.select import Select
from rewarm.recipe.shares import Entry
from rewarm.recipe.sources import AXIS, Source
from rewarm.recipe.stages import Rope, Schedule, Stage
from rewarm.recipe.synthesize import Synthesize
from rewarm.recipe.tokenize import Tokenize
from rewarm.recipe.train import Forgetting, Guard, Lora, Parallel, Start, Train
from rewarm.recipe.trim import Trim
from rewarm.recipe.vocabulary import Vocabulary

__all__ = [
    "Annotate", "Benchmark", "Clean", "Collect", "Conversations", "Count", "Day", "Decontaminate", "Dedupe",
    "Effect", "Engine", "Evaluate", "Export", "Forgetting", "Guard", "Holdout", "Lora", "Mix", "Near",
    "Order", "Ordering", "Pack", "Parallel", "Part", "PersonalTypes", "Phrases", "Recipe", "Redact",
    "Rights", "Rope", "Route", "Schedule", "Select", "Share", "Source", "SourceDate", "Stage", "Start",
    "Synthesize", "Tokenize", "Train", "Trim", "Vocabulary", "count", "without_effect",
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
    model_released: Day | None = None
    """When the base was released, for `collect.since: auto`; needed where its card does not say."""
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
    annotate: Annotate = Annotate()
    select: Select = Select()
    phrases: Phrases = Phrases()
    dedupe: Dedupe = Dedupe()
    trim: Trim = Trim()
    decontaminate: Decontaminate = Decontaminate()
    vocabulary: Vocabulary | None = None
    """None keeps the base's tokenizer: right wherever it covers the language (`docs/vocabulary.md`)."""
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
        _check_classifiers(self.annotate, self.sources)
        for source in self.sources:
            cut_off(self, source)
        for name in self.dedupe.base_sources:
            if name not in names:
                raise ValueError(
                    f"dedupe.base_sources: '{name}' is not a source; sources are {', '.join(names)}"
                )
        stages = [stage.name for stage in self.stages]
        if len(set(stages)) < len(stages):
            raise ValueError(f"stages: two have the same name in {', '.join(stages)}")
        for stage in self.stages:
            try:
                names = [entry.name for entry in self.entries(stage)]
            except ValueError as error:
                raise ValueError(f"stages.{stage.name}.{error}") from None
            _check_mix(stage, names, self.sources, self.axes)
            _check_without(self, stage, names)
            _check_order(stage, self.sources, self.axes)
        if self.vocabulary is not None:
            _check_vocabulary(self.vocabulary, self.train, self.sources, self.axes)
        longest = max(stage.seq_len or self.pack.seq_len for stage in self.stages)
        if self.train.batch_tokens != "auto" and self.train.batch_tokens < longest:
            raise ValueError(
                f"train.batch_tokens: {self.train.batch_tokens} holds no sequence of "
                f"{longest} tokens (pack.seq_len, stages.seq_len); raise it or shorten the sequence"
            )
        return self

    @property
    def axes(self) -> list[str]:
        """`source` first, then every label axis in order of appearance, then that of synthetic documents."""
        declared = (axis for source in self.sources for axis in source.labels)
        by_steps = ["synthetic"] if self.synthesize.enabled else []
        return list(dict.fromkeys(["source", *declared, *by_steps]))

    @property
    def training_sources(self) -> list[Source]:
        """Those that `mix.without` does not leave out."""
        return [source for source in self.sources if source.name not in self.mix.without]

    @property
    def training_seed(self) -> int:
        """Of what is drawn after the held-out set: training documents, their order, new weights."""
        return self.seed if self.mix.seed is None else self.mix.seed

    def entries(self, stage: Stage) -> list[Entry]:
        """Every entry of a stage's mix, those of groups too."""
        tasks = {source.name: source.fixed_labels.get("task") for source in self.sources}
        return list(shares.entries(stage.mix, tasks))


def _check_vocabulary(settings: Vocabulary, train: Train, sources: list[Source], axes: list[str]) -> None:
    """Raise ValueError for documents that there are none of, and for new tokens that would not be trained."""
    for number, entry in enumerate(settings.documents):
        where, wanted = f"vocabulary.documents[{number}]", selectors.parse(entry)
        for axis in wanted:
            if axis not in axes:
                raise ValueError(f"{where}: no source labels the axis '{axis}'; axes are {', '.join(axes)}")
        if not any(source.may_be(wanted) for source in sources):
            names = ", ".join(source.name for source in sources)
            raise ValueError(f"{where}: no document is {entry}; sources are {names}")
    if train.lora is not None and not train.lora.embeddings:
        raise ValueError(
            "train.lora.embeddings: false freezes embedding and head, so tokens that `vocabulary` adds would "
            "never be trained; set it to true, or remove `vocabulary`"
        )


def _check_classifiers(annotate: Annotate, sources: list[Source]) -> None:
    """Raise ValueError for a base that is not a source, or gives no labels on the axis."""
    named = {source.name: source for source in sources}
    for axis, settings in annotate.classifiers.items():
        where = f"annotate.classifiers.{axis}.base"
        if not AXIS.fullmatch(axis):
            raise ValueError(f"annotate.classifiers: {axis!r} is not a valid name of an axis")
        for name in settings.base:
            if name not in named:
                raise ValueError(f"{where}: '{name}' is not a source; sources are {', '.join(named)}")
            if axis not in named[name].labels:
                raise ValueError(
                    f"{where}: source '{name}' has no label '{axis}'; its labels are "
                    f"{', '.join(named[name].labels) or 'none'}"
                )


def _check_mix(stage: Stage, entries: list[str], sources: list[Source], axes: list[str]) -> None:
    """Raise ValueError for an entry of a mix that names nothing, and for two that share documents.

    What depends on labels that documents bring along is checked by the step `mix`.
    """
    where = f"stages.{stage.name}.mix"
    names = [source.name for source in sources]
    for entry in entries:
        if entries.count(entry) > 1:
            raise ValueError(f"{where}: '{entry}' stands in two groups; a document may belong to one entry")
    wanted = {entry: selectors.parse(entry) for entry in entries}
    for entry, labels in wanted.items():
        source = labels.get(selectors.SOURCE, names[0])
        if source not in names:
            raise ValueError(f"{where}: '{source}' is not a source; sources are {', '.join(names)}")
        for axis in labels:
            if axis not in axes:
                raise ValueError(
                    f"{where}: no source labels the axis '{axis}' of '{entry}'; axes are {', '.join(axes)}"
                )
    for entry, labels in wanted.items():
        if not any(source.may_be(labels) for source in sources):
            there = "; ".join(f"{axis} may be {', '.join(_values(axis, sources))}" for axis in labels)
            raise ValueError(f"{where}: no document is {entry}; {there}")
    for one in sources:
        # An axis that this source's documents fill themselves may hold any value.
        certain = [
            entry
            for entry, labels in wanted.items()
            if one.may_be(labels) and not any(map(one.may_label, labels))
        ]
        if len(certain) > 1:
            raise ValueError(
                f"{where}: {' and '.join(certain)} both select source {one.name}; a document may belong "
                "to one entry of a mix"
            )


def _check_without(recipe: Recipe, stage: Stage, entries: list[str]) -> None:
    """Raise ValueError for a source in `mix.without` that there is none of, and for an entry of a mix that it
    leaves nothing of."""
    names = [source.name for source in recipe.sources]
    for name in recipe.mix.without:
        if name not in names:
            raise ValueError(f"mix.without: '{name}' is not a source; sources are {', '.join(names)}")
    for entry in entries:
        wanted = selectors.parse(entry)
        if not any(source.may_be(wanted) for source in recipe.training_sources):
            raise ValueError(
                f"stages.{stage.name}.mix: mix.without leaves nothing of {entry}; remove it from one of them"
            )


def _check_order(stage: Stage, sources: list[Source], axes: list[str]) -> None:
    """Raise ValueError for a channel that selects nothing the recipe knows of."""
    for channel in stage.order.channels:
        where = f"stages.{stage.name}.order.channels"
        wanted = selectors.parse(channel)
        for axis in wanted:
            if axis not in axes:
                raise ValueError(
                    f"{where}: no source labels the axis '{axis}' of '{channel}'; axes are {', '.join(axes)}"
                )
        if not any(source.may_be(wanted) for source in sources):
            there = "; ".join(f"{axis} may be {', '.join(_values(axis, sources))}" for axis in wanted)
            raise ValueError(f"{where}: no document is {channel}; {there}")


def _values(axis: str, sources: list[Source]) -> list[str]:
    """The values of an axis that the recipe knows of."""
    if axis == selectors.SOURCE:
        return [source.name for source in sources]
    return list(dict.fromkeys(value for source in sources if (value := source.fixed_labels.get(axis))))
