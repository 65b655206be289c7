"""The steps of a run, in order.

What each reads follows from the tables that it and others declare, so inserting a step edits no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rewarm.corpus.tables.catalogue import BASE_MODEL, MODEL
from rewarm.data.annotate.declaration import STEP as ANNOTATE
from rewarm.data.clean.declaration import STEP as CLEAN
from rewarm.data.collect.declaration import STEP as COLLECT
from rewarm.data.decontaminate.declaration import STEP as DECONTAMINATE
from rewarm.data.dedupe.declaration import STEP as DEDUPE
from rewarm.data.holdout.declaration import STEP as HOLDOUT
from rewarm.data.mix.declaration import STEP as MIX
from rewarm.data.order.declaration import STEP as ORDER
from rewarm.data.pack.declaration import STEP as PACK
from rewarm.data.phrases.declaration import STEP as PHRASES
from rewarm.data.redact.declaration import STEP as REDACT
from rewarm.data.route.declaration import STEP as ROUTE
from rewarm.data.score.declaration import STEP as SCORE
from rewarm.data.select.declaration import STEP as SELECT
from rewarm.data.synthesize.declaration import STEP as SYNTHESIZE
from rewarm.data.tokenize.declaration import STEP as TOKENIZE
from rewarm.data.trim.declaration import STEP as TRIM
from rewarm.data.vocabulary.declaration import STEP as VOCABULARY
from rewarm.engine.step import Step, Table
from rewarm.evaluate.declaration import BASELINE, COMPLETE, EVALUATE, ORIGINAL
from rewarm.export.declaration import STEP as EXPORT
from rewarm.recipe import Recipe
from rewarm.train.declaration import STEP as TRAIN

# Stands for the recipe's base model where a producer is named.
BASE = "model"


@dataclass(frozen=True)
class Read:
    """A table as one step wrote it. producer: the step's name, or `BASE` for the base model."""

    table: Table
    producer: str

    @property
    def name(self) -> str:
        """As manifests and messages have it."""
        return BASE if self.producer == BASE else f"{self.producer}/{self.table.name}"


@dataclass(frozen=True)
class Linked:
    """A step in its place, with what it reads there, in the order of the run."""

    step: Step
    reads: tuple[Read, ...]


def link(steps: Sequence[Step]) -> tuple[Linked, ...]:
    """Find what each step reads among what earlier ones write.

    A table comes from the nearest earlier step that writes it; one with `every`, from all that write it.
    Raises ValueError for two steps of one name, a table or column that no earlier step writes, and a column
    that two steps write.
    """
    linked: list[Linked] = []
    before: list[Step] = []
    place = {BASE: -1, **{step.name: number for number, step in enumerate(steps)}}
    for step in steps:
        if step.name in (BASE, *(other.name for other in before)):
            raise ValueError(f"{step.name}: two steps have this name")
        for table in step.writes:
            _check_columns(step, table, before)
        reads = [read for table in step.reads for read in _found(step, table, before)]
        linked.append(Linked(step, tuple(sorted(reads, key=lambda read: place[read.producer]))))
        before.append(step)
    return tuple(linked)


def _found(step: Step, table: Table, before: list[Step]) -> list[Read]:
    if table.name == BASE_MODEL.name:
        return [Read(table, BASE)]
    written = [Read(own, other.name) for other in before for own in other.writes if own.name == table.name]
    if table.every:
        missing = set(table.columns) - {column for read in written for column in read.table.columns}
        if missing:
            raise ValueError(f"{step.name}: no step before it writes {table.name}.{sorted(missing)[0]}")
        return [read for read in written if not table.columns or set(table.columns) & set(read.table.columns)]
    if written or table.optional:
        return written[-1:]
    if table.name == MODEL.name:
        return [Read(table, BASE)]
    raise ValueError(f"{step.name}: no step before it writes the table {table.name}")


def _check_columns(step: Step, table: Table, before: list[Step]) -> None:
    for other in before:
        for theirs in other.writes:
            twice = set(table.columns) & set(theirs.columns) if theirs.name == table.name else None
            if twice:
                raise ValueError(f"{step.name} and {other.name} both write {table.name}.{sorted(twice)[0]}")


STEPS = link(
    (
        COLLECT,
        HOLDOUT,
        REDACT,
        ROUTE,
        SYNTHESIZE,
        CLEAN,
        ANNOTATE,
        SCORE,
        SELECT,
        PHRASES,
        DEDUPE,
        TRIM,
        DECONTAMINATE,
        VOCABULARY,
        TOKENIZE,
        MIX,
        ORDER,
        PACK,
        BASELINE,
        TRAIN,
        ORIGINAL,
        EVALUATE,
        COMPLETE,
        EXPORT,
    )
)


def until(steps: Sequence[str], last: str) -> int | None:
    """How many of a run's steps come up to the step `last`, which this run need not have; None for a name
    that is no step. steps: names, in order."""
    place = {one.step.name: number for number, one in enumerate(STEPS)}
    if last not in steps and last not in place:
        return None
    if last in steps:
        return list(steps).index(last) + 1
    return sum(place.get(name, -1) < place[last] for name in steps)


def of_recipe(recipe: Recipe, steps: Sequence[Linked] = STEPS) -> tuple[Linked, ...]:
    """The steps of a recipe. Where one is missing, its tables come from an earlier step or the base."""
    has = [one.step for one in steps if one.step.applies is None or one.step.applies(recipe)]
    return link(has) if len(has) < len(steps) else tuple(steps)
