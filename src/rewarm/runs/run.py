"""A run directory, finished or running: the only way by which other parts of the package read one.

What a run has not reached is None or an empty table, so a run may be read at any time. Tables that a
training still writes are read up to its last update.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from rewarm.corpus.tables import channels, incidents, leaves, metrics, run_record
from rewarm.corpus.tables.blocks import Span, Update, spans, updates
from rewarm.corpus.tables.channels import Channel, Gain
from rewarm.corpus.tables.leaves import Leaf
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.errors import RewarmError
from rewarm.runs import curves, document_table, history, step_tables
from rewarm.runs.history import History, TrainedOn
from rewarm.runs.step_tables import StepFolder


@dataclass(frozen=True)
class State:
    """A checkpoint that a training kept. updates: finished ones; folder: its directory."""

    updates: int
    folder: Path


class Run:
    """A run directory, or the directory of one of its variants.

    `channels`, `curves`, `incidents` and `documents` are Arrow tables: `.to_pandas()` and DuckDB take them
    as they are. Everything is read when asked for and kept; open the run again to see what it did since.
    """

    def __init__(self, path: str | Path) -> None:
        """Raises RewarmError when there is no run at `path`, or one of another format."""
        self.path = Path(path)
        found = run_record.read(self.path / "run.json")
        if found is None:
            variants = sorted(record.parent for record in self.path.glob("variants/*/run.json"))
            named = (
                f"one of its variants: {', '.join(map(str, variants))}"
                if variants
                else "the folder with run.json"
            )
            raise RewarmError(f"{path}: is not a run; give {named}")
        self.record: RunRecord = found

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def root(self) -> Path:
        """The directory of the whole run: of a variant the one it stands in, which has the steps."""
        inside = self.path.parent.name == "variants" and not (self.path / "steps").is_dir()
        return self.path.parent.parent if inside else self.path

    @cached_property
    def steps(self) -> dict[str, StepFolder]:
        """The complete steps by name, in the order of the run."""
        return step_tables.of_names(self.root / "steps", self.record.steps)

    def file(self, step: str, name: str) -> Path | None:
        """A file or folder of a step's output; None when the step or the file is not there."""
        folder = self.steps.get(step)
        return folder.path / name if folder and (folder.path / name).exists() else None

    def json(self, step: str, name: str) -> dict[str, Any] | None:
        """A JSON file of a step's output, or None."""
        return self.steps[step].json(name) if step in self.steps else None

    @cached_property
    def recipe_text(self) -> str:
        """The resolved recipe as it stands on disk; empty when there is none."""
        path = self.path / "recipe.yaml"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """The resolved recipe as plain values, every default written out."""
        loaded = yaml.safe_load(self.recipe_text or "{}")
        return loaded if isinstance(loaded, dict) else {}

    @cached_property
    def leaves(self) -> list[Leaf]:
        """The combinations of source and labels, in the order of their numbers; none before `mix`."""
        path = self.file("mix", "leaves.json")
        return leaves.read(path) if path else []

    @cached_property
    def evaluation(self) -> tuple[list[Channel], Gain]:
        """The evaluation's channels and gain; nothing before the evaluation."""
        path = self.file("evaluate", "channels.json")
        return channels.read(path) if path else ([], Gain())

    @cached_property
    def channels(self) -> pa.Table:
        """A row a channel: base against result on held-out documents (`corpus/tables/channels.py`)."""
        return channels.table(self.evaluation[0])

    @property
    def training(self) -> Path | None:
        """The directory that the training works in, or the one that it published; None before it began.

        A run that works again after it was finished has both: then it is the newer one.
        """
        done = self.steps.get("train")
        if done and self.record.finished:
            return done.path
        # Beside the one that trains there may be some that were given up, and those of other variants.
        found = [path for path in (self.root / "steps").glob("train-*.partial") if self._owns(path)]
        found += [done.path] if done else []
        return max(found, key=lambda path: path.stat().st_mtime, default=None)

    def _owns(self, partial: Path) -> bool:
        begun = partial / "_begun.json"
        return not begun.exists() or json.loads(begun.read_text())["variant"] == self.record.variant

    def metrics(self, name: str) -> pa.Table:
        """A table of the training log so far: updates, leaves or retained; empty before training."""
        if self.training is None:
            return metrics.SCHEMAS[name].empty_table()
        return metrics.read(self.training, name)

    @cached_property
    def curves(self) -> pa.Table:
        """A row an update and channel: the training loss (`runs/curves.py`)."""
        return curves.table(self.metrics("updates"), self.metrics("leaves"), self.leaves)

    @cached_property
    def incident_rows(self) -> list[incidents.Incident]:
        """The account of the training so far."""
        return incidents.read(self.training / "incidents.jsonl") if self.training else []

    @cached_property
    def incidents(self) -> pa.Table:
        """A row an incident: alarms, action, documents (`corpus/tables/incidents.py`)."""
        return incidents.table(self.incident_rows)

    @cached_property
    def documents(self) -> pa.Table:
        """A row a collected document: where it came from and what became of it, without its text."""
        return document_table.table(list(self.steps.values()), self.recipe)

    @cached_property
    def plan(self) -> list[Update]:
        """Every update of the training, planned or done; none before `pack`."""
        packed = self.steps.get("pack")
        return updates(packed.path, int(self.recipe["train"]["batch_tokens"])) if packed else []

    @cached_property
    def blocks(self) -> list[Span]:
        """The blocks of all stages in training order, with their updates; none before `pack`."""
        packed = self.steps.get("pack")
        return spans(packed.path, int(self.recipe["train"]["batch_tokens"])) if packed else []

    @cached_property
    def states(self) -> list[State]:
        """The training states that the run keeps, in order."""
        finished = self.file("train", "_states")
        folder = finished if "train" in self.steps else self.training and self.training / "checkpoints"
        found = sorted(folder.glob("update-*")) if folder else []
        return sorted(
            (State(int(path.name[7:]), path) for path in found if path.name[7:].isdigit()),
            key=lambda state: state.updates,
        )

    def rate(self, update: int) -> float | None:
        """The learning rate of an update; None where the log does not have it."""
        table = self.metrics("updates")
        rates = table.filter(pc.equal(table["update"], update))["rate"].to_pylist()
        return float(rates[0]) if rates else None

    def explain(self, document: str) -> History:
        """The history of a document: origin, verdicts, the updates that trained on it.

        document: its id, or a prefix that only it has. Raises RewarmError for none or several.
        """
        return history.of_document(self.steps, self.plan, document, self.recipe)

    def update(self, number: int) -> TrainedOn:
        """The documents that an update trained on. Raises RewarmError when the run has no such update."""
        if not 0 <= number < len(self.plan):
            last = len(self.plan) - 1
            raise RewarmError(f"{self.path}: has no update {number}; its updates are 0 to {last}")
        return history.of_update(self.steps, self.plan, number)
