"""What a step declares: its tables, its part of the recipe, what else decides its output.

A step's folder has a `declaration.py` with one `Step`. The code itself is named by a string, so that
`rewarm --help` and planning a run import no step. The ordered list of steps is `pipeline/step_list.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from rewarm.recipe import Recipe
from rewarm.recipe.part import Part, without_effect

Verdict = Literal["keep", "drop", "edit", "mask", "route", "repeat"]


@dataclass(frozen=True)
class Table:
    """A table, or a group of files, that one step writes and others read.

    path: of the folder or file in the step's directory, "" for the directory itself. files: patterns of its
    files there, `*` within one name and a last `**` for all below; by default `path` and all below it.
    every: it is read from all earlier steps that write it, not from the nearest. columns: of such a table,
    those that a step writes, or wants to read (all where none is named); the other tables have one schema
    each (`docs/formats.md`). optional: of a table that is read, no step before has to write it.
    """

    name: str
    path: str = ""
    files: tuple[str, ...] = ()
    every: bool = False
    columns: tuple[str, ...] = ()
    optional: bool = False

    def has(self, file: str) -> bool:
        """Whether a file, in posix form below the step's directory, belongs to the table."""
        patterns = self.files or (self.path, f"{self.path}/**")
        return any(_matches(file.split("/"), pattern.split("/")) for pattern in patterns)

    def of(self, *columns: str) -> "Table":
        """The same table, of which only these columns are written or read."""
        return replace(self, columns=columns)


def _matches(parts: list[str], pattern: list[str]) -> bool:
    if pattern[-1] == "**":
        pattern = pattern[:-1]
        parts = parts[: len(pattern)] if len(parts) > len(pattern) else []
    return len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern))


@dataclass(frozen=True)
class State:
    """Where training goes on from (`start` of a recipe).

    folder: a checkpoint; identity: changes when its weights do; earlier: what data steps need to know of that
    run (`corpus/earlier.py`); rate: the learning rate of its last update, 0 where that is not known.
    """

    folder: Path
    identity: str
    earlier: dict[str, Any]
    rate: float


@dataclass(frozen=True)
class EarlierCorpus:
    """A run whose documents are there already (`dedupe.base`). folder: its step `dedupe`; key: changes when
    its documents do."""

    folder: Path
    key: str


@dataclass(frozen=True)
class EarlierClassifier:
    """A classifier of an axis that exists already. key: the SHA-256 of its file."""

    axis: str
    file: Path
    key: str


@dataclass(frozen=True)
class ScoringModel:
    """A model, or classifier, of `annotate.scores`. identity: changes when it does."""

    path: Path
    identity: str


@dataclass(frozen=True)
class Context:
    """What a step's configuration needs beside the recipe. files: fingerprints of each source's files;
    state: of the run that this one goes on from; corpora: of `dedupe.base`, in order; classifiers: of earlier
    runs, by axis; scoring: the models of `annotate.scores` by name, "" for the recipe's base."""

    files: list[Any]
    state: State | None = None
    corpora: tuple[EarlierCorpus, ...] = ()
    classifiers: tuple[EarlierClassifier, ...] = ()
    scoring: Mapping[str, ScoringModel] = field(default_factory=dict)


@dataclass(frozen=True)
class Configuration:
    """What a step finds in `Work.config`, as plain values.

    in_key: what can change its output; aside: what cannot, such as where a file lies or how many checkpoints
    are kept. Changing something in `aside` runs nothing again.
    """

    in_key: dict[str, Any]
    aside: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A step's declaration.

    run: `module:function` of a `Work`; its code, a part of the step's key, is what that module imports.
    settings: its part of the recipe, the field with the step's name.
    configure: gives its configuration, where the settings alone do not say it.
    applies: whether a recipe has the step at all; without it, every recipe has.
    verdicts: those that its ledger may hold.
    libraries: distributions whose version can change its output, as parsers and tokenizers can; in its key.
    needs_device: it computes on the device that the recipe names.
    keeps_state: its state is worth days, so it is never begun anew without being asked for
    (`pipeline/earlier_training.py`).
    """

    name: str
    run: str
    reads: tuple[Table, ...] = ()
    writes: tuple[Table, ...] = ()
    settings: type[Part] | None = None
    configure: Callable[[Recipe, Context], Configuration] | None = None
    applies: Callable[[Recipe], bool] | None = None
    verdicts: tuple[Verdict, ...] = ()
    libraries: tuple[str, ...] = ()
    needs_device: bool = False
    keeps_state: bool = False

    @property
    def module(self) -> str:
        return self.run.partition(":")[0]

    def configuration(self, recipe: Recipe, context: Context) -> Configuration:
        """What `configure` gives; else the settings, those without an effect under `free`, aside."""
        if self.configure is not None:
            return self.configure(recipe, context)
        if self.settings is None:
            return Configuration({})
        plain = getattr(recipe, self.name).model_dump(mode="json")
        free = {name: plain.pop(name) for name in without_effect(self.settings)}
        return Configuration({self.name: plain}, {"free": free} if free else {})
