"""Faults planted in a run: in the data, between packing and training, and in the gradients."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from rewarm.corpus.tables.blocks import Blocks, updates
from rewarm.corpus.tables.ids import digits
from rewarm.inspect import incidents as incident_list
from rewarm.model import causal_lm
from rewarm.pipeline import run_directory
from rewarm.runs.run import Run
from rewarm.train.guard.decisions import Decisions

Change = Callable[[dict[str, Any]], None]


def run(world: Path, root: Path, until: str | None = None) -> None:
    run_directory.run(world / "recipe.yaml", root, lambda *_: None, until=until)


def packed(root: Path) -> Path:
    (folder,) = (root / "steps").glob("pack-*")
    return folder


def trained_on(folder: Path) -> list[str]:
    """IDs of the documents in the first stage's blocks, one a part. folder: of the step `pack`."""
    blocks = Blocks(folder, "adapt")
    return [one for number in range(len(blocks)) for one in digits(blocks[number].documents)]


def digest(root: Path) -> str:
    return hashlib.sha256((root / "model/model.safetensors").read_bytes()).hexdigest()


def long_segment(root: Path, update: int, batch_tokens: int, leaf: int, least: int) -> tuple[int, int, str]:
    """(sequence, segment in it, document id) of a long part of a document of this leaf in an update."""
    folder = packed(root)
    plan = updates(folder, batch_tokens)
    blocks = Blocks(folder, plan[update].stage)
    found = [
        (int(blocks[number].lengths[at]), number, at)
        for number in plan[update].sequences
        for at in range(len(blocks[number].lengths))
        if blocks[number].leaves[at] == leaf
    ]
    length, number, at = max(found)
    assert length >= least, f"update {update} has no part of leaf {leaf} with {least} tokens"
    return number, at, digits(blocks[number].documents[at : at + 1])[0]


def rewrite(root: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change the rows of the first stage's only block in place, and its checksum."""
    (path,) = (packed(root) / "adapt").glob("*.arrow")
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
        rows = table.to_pylist()
    change(rows)
    aside = path.with_suffix(".new")
    with pa.ipc.new_file(str(aside), table.schema) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=table.schema))
    aside.replace(path)
    manifest = json.loads((packed(root) / "manifest.json").read_text())
    manifest["adapt"]["blocks"][0]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (packed(root) / "manifest.json").write_text(json.dumps(manifest))


def plant(root: Path, number: int, segment: int, tokens: Callable[[np.ndarray], np.ndarray]) -> None:
    """Replace the tokens of a segment, in the first stage's only block."""

    def change(rows: list[dict[str, Any]]) -> None:
        row = rows[number]
        starts = np.cumsum([0, *row["segment_length"]])
        part = slice(int(starts[segment]), int(starts[segment + 1]))
        changed = np.array(row["tokens"], dtype=np.uint32)
        changed[part] = tokens(changed[part])
        row["tokens"] = changed.tolist()

    rewrite(root, change)


def break_gradients(monkeypatch: pytest.MonkeyPatch, faults: dict[int, float], passes: int) -> None:
    """Multiply one weight's gradient, the largest of its tensor, in the first try of an update.

    faults: update → factor. The largest, because a small one times 1e6 may stay within the usual norm.

    passes: backward passes of an update that nothing disturbs.
    """
    plain = causal_lm.load
    from rewarm.train.guard.recovery import Recovery

    at: dict[str, Any] = {"update": -1, "done": set()}
    gradient = Recovery.gradient

    def watched(self: Recovery, update: Any, weights: np.ndarray) -> Any:
        at["update"] = update.number
        return gradient(self, update, weights)

    def load(path: Path, device: torch.device) -> Any:
        model = plain(path, device)
        parameter = next(weight for weight in model.parameters() if weight.ndim == 1)

        def hook(value: torch.Tensor) -> torch.Tensor:
            number = at["update"]
            if number in faults and number not in at["done"]:
                at["done"].add(number)
                value = value.clone()
                value[value.abs().argmax()] *= faults[number]
            return value

        parameter.register_hook(hook)
        return model

    monkeypatch.setattr(Recovery, "gradient", watched)
    monkeypatch.setattr(causal_lm, "load", load)


def known_from_the_start(monkeypatch: pytest.MonkeyPatch, sequences: set[int]) -> None:
    """A run that never sees these sequences."""
    monkeypatch.setattr(Decisions, "quarantined", lambda self, stage: set(sequences))


def met(root: Path) -> dict[int, dict[str, Any]]:
    """Incidents by update."""
    found = incident_list.incidents(Run(root))
    assert len({row["update"] for row in found}) == len(found), json.dumps(found, indent=1)
    return {row["update"]: row for row in found}
