"""Run directories with a training log of given curves, with the noise of real updates."""

import json
from collections.abc import Callable, Mapping
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import metrics, run_record
from rewarm.runs.run import Run

Curve = Callable[[float], float]
# Of a source: label of the axis task, loss in nats per token at a share of the stage, bytes per token.
Source = tuple[str, Curve, float]


def logged(
    folder: Path, sources: Mapping[str, Source], updates: int = 120, noise: float = 0.03, seed: int = 0,
    recipe: Mapping[str, Any] | None = None, held_out: Mapping[str, float] | None = None,
    passes: Mapping[str, float] | None = None, during: Mapping[str, Mapping[int, float]] | None = None,
) -> Run:  # fmt: skip
    """A run with one stage. noise: standard deviation of an update's loss; held_out: change of nats; passes:
    how often the stage trains on a source's documents; during: of a source, update → change of nats of
    held-out documents that were scored during training."""
    rng = np.random.default_rng(seed)
    step = {name: folder / f"steps/{name}-0123456789ab" for name in ("mix", "train", "evaluate")}
    for path in step.values():
        path.mkdir(parents=True)
        (path / "_manifest.json").write_text(json.dumps({"step": path.name.split("-")[0], "counts": {}}))
    leaves = [
        {"leaf": number, "source": name, "labels": {"task": task}}
        for number, (name, (task, _, _)) in enumerate(sources.items())
    ]
    (step["mix"] / "leaves.json").write_text(json.dumps(leaves))
    plan = {"adapt": {name: {"epochs": count} for name, count in (passes or {}).items()}}
    (step["mix"] / "plan.json").write_text(json.dumps(plan))
    rows, sums = [], []
    for update in range(updates):
        whole = 0.0
        for number, (_, curve, size) in enumerate(sources.values()):
            tokens = float(rng.integers(400, 600))
            nats = tokens * max(0.0, curve(update / updates) + rng.normal(0, noise))
            sums.append(
                {"update": update, "leaf": number, "nats": nats, "tokens": tokens, "bytes": tokens * size}
            )
            whole += nats
        rows.append(
            {"update": update, "stage": "adapt", "rate": 1e-4, "loss": whole / 1000, "grad_norm": 1.0,
             "tokens": 1000, "seconds": 1.0, "first_sequence": update, "sequences": 1}
        )  # fmt: skip
    (step["train"] / "metrics").mkdir()
    scored = [
        {"update": update, "source": name, "leaf": list(sources).index(name), "documents": 12, "before": 1.0,
         "now": 1.0 + change / (sources[name][2] * log(2)), "domain": sources[name][0] == "domain"}
        for name, changes in (during or {}).items()
        for update, change in changes.items()
    ]  # fmt: skip
    for name, table in (("updates", rows), ("leaves", sums), ("retained", scored)):
        path = step["train"] / "metrics" / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(table, schema=metrics.SCHEMAS[name]), path)
    channels = [_channel(name, change, sources[name]) for name, change in (held_out or {}).items()]
    gain = {key: {"bits_per_byte": 0.0, "low": 0.0, "high": 0.0} for key in ("domain", "general", "beyond")}
    (step["evaluate"] / "channels.json").write_text(json.dumps({"channels": channels, "gain": gain}))
    record = {
        "format": run_record.FORMAT, "name": "made", "variant": None, "recipe_file": "recipe.yaml",
        "started": "2026-11-01T10:00:00Z", "finished": "2026-11-01T11:00:00Z", "seconds": 1.0,
        "steps": {name: path.name for name, path in step.items()}, "versions": {}, "hardware": {},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(record))
    known = {
        "model": "base",
        "train": {"lora": None, "freeze": []},
        "stages": [{"name": "adapt", "max_epochs": "auto"}],
    }
    (folder / "recipe.yaml").write_text(json.dumps({**known, **(recipe or {})}))
    return Run(folder)


def _channel(name: str, change: float, source: Source) -> dict[str, Any]:
    _, curve, size = source
    before, bits = curve(0), change / (size * log(2))
    return {
        "axis": "source", "value": name, "documents": 40, "tokens": 1000, "bytes": 1000 * size,
        "before": {"nats": before, "bits_per_byte": before / (size * log(2))},
        "after": {"nats": before + change, "bits_per_byte": (before + change) / (size * log(2))},
        "change": {"nats": change, "bits_per_byte": bits, "low": bits - 0.01, "high": bits + 0.01},
    }  # fmt: skip
