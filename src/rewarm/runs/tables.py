"""Reads a run's small tables: run.json, manifests, channels, leaves and the recipe.

Everything tolerates absence: a step that has not run gives None or an empty table.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import nan
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Channel:
    """One value of one axis over the held-out documents. Changes are after − before, so negative is
    better; low, high: 95 % interval of change_bits. NaN where there is nothing to measure."""

    axis: str
    value: str
    documents: int
    tokens: int
    bytes: int
    before_nats: float
    after_nats: float
    before_bits: float
    after_bits: float
    change_nats: float
    change_bits: float
    low: float
    high: float

    @property
    def better(self) -> bool:
        """Surely better: the interval lies below zero."""
        return self.high < 0

    @property
    def worse(self) -> bool:
        """Surely worse: the interval lies above zero."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Leaf:
    """A combination of source and labels, by its number in the tables."""

    number: int
    source: str
    labels: dict[str, str]

    def value(self, axis: str) -> str | None:
        """Its channel on an axis; None where it has no label."""
        return self.source if axis == "source" else self.labels.get(axis)


def run_info(run: Path) -> dict[str, Any]:
    """run.json; an empty mapping when there is none."""
    return _json(run / "run.json") or {}


def root(run: Path) -> Path:
    """The run's own directory; of a variant the one it stands in, which has the steps."""
    return run.parent.parent if run.parent.name == "variants" and not (run / "steps").is_dir() else run


def step_dir(run: Path, step: str) -> Path | None:
    """The directory that `step` reached in this run or variant; None when it did not."""
    name = (run_info(run).get("steps") or {}).get(step)
    folder = root(run) / "steps" / name if name else None
    return folder if folder and folder.is_dir() else None


# Steps that decide about documents and write a ledger, in the order of a run.
DECIDING = ("redact", "clean", "select", "phrases", "dedupe", "trim", "decontaminate", "tokenize", "mix")
# The folder of what a step decided or lost, where it is not `ledger`.
_LEDGERS = {"collect": "faults"}


def ledger_name(step: str) -> str:
    """The folder inside a step's output with its decisions, a row each."""
    return _LEDGERS.get(step, "ledger")


def step_file(run: Path, step: str, name: str) -> Path | None:
    """A file or folder of a step's output; None when the step or the file is not there."""
    folder = step_dir(run, step)
    return folder / name if folder and (folder / name).exists() else None


def step_json(run: Path, step: str, name: str) -> Any:
    """A JSON file of a step's output, or None."""
    path = step_file(run, step, name)
    return _json(path) if path else None


def manifest(run: Path, step: str) -> dict[str, Any]:
    """A step's `_manifest.json`; an empty mapping when there is none."""
    return step_json(run, step, "_manifest.json") or {}


def recipe(run: Path) -> dict[str, Any]:
    """The resolved recipe as plain values: not validated, so that an old run's page still renders."""
    loaded = yaml.safe_load(recipe_text(run) or "{}")
    return loaded if isinstance(loaded, dict) else {}


def recipe_text(run: Path) -> str:
    """The resolved recipe as it stands on disk; empty when there is none."""
    path = run / "recipe.yaml"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def leaves(run: Path) -> list[Leaf]:
    """The leaves of the token tables, in order."""
    rows = step_json(run, "tokenize", "leaves.json") or []
    return [Leaf(int(row["leaf"]), row["source"], dict(row.get("labels") or {})) for row in rows]


def in_reading_order(names: Iterable[str]) -> list[str]:
    """Axes without repeats: `task` first, since it says what to learn and what to keep; source last."""
    return sorted(dict.fromkeys(names), key=lambda axis: {"task": 0, "source": 2}.get(axis, 1))


def channels(run: Path) -> list[Channel]:
    """evaluate/channels.json in reading order of axes; empty before the evaluation."""
    held = step_json(run, "evaluate", "channels.json") or []
    rows = [_channel(row) for row in (held.get("channels", []) if isinstance(held, dict) else held)]
    order = {axis: place for place, axis in enumerate(in_reading_order(row.axis for row in rows))}
    return sorted(rows, key=lambda row: order[row.axis])


def gain(run: Path) -> dict[str, Any]:
    """`gain` of evaluate/channels.json as it stands; bits per byte, positive is better."""
    held = step_json(run, "evaluate", "channels.json")
    return dict(held.get("gain") or {}) if isinstance(held, dict) else {}


def number(value: Any) -> float:
    """A float; NaN for null, as JSON writers spell it."""
    return nan if value is None else float(value)


def json_ready(channel: Channel) -> dict[str, Any]:
    """A channel for `--json`: NaN as null, since JSON has none."""
    return {key: None if value != value else value for key, value in asdict(channel).items()}


def _channel(row: dict[str, Any]) -> Channel:
    before, after, change = (row.get(key) or {} for key in ("before", "after", "change"))
    return Channel(
        axis=str(row["axis"]),
        value=str(row["value"]),
        documents=int(row.get("documents") or 0),
        tokens=int(row.get("tokens") or 0),
        bytes=int(row.get("bytes") or 0),
        before_nats=number(before.get("nats")),
        after_nats=number(after.get("nats")),
        before_bits=number(before.get("bits_per_byte")),
        after_bits=number(after.get("bits_per_byte")),
        change_nats=number(change.get("nats")),
        change_bits=number(change.get("bits_per_byte")),
        low=number(change.get("low")),
        high=number(change.get("high")),
    )


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
