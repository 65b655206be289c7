"""Held-out loss of each channel at the checkpoints that a run kept: how it changed along the training.

The sums of each checkpoint are kept by its identity, so a second evaluation measures only new ones.
"""

from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.corpus.tables import heldout, leaves
from rewarm.corpus.tables.leaves import Leaf
from rewarm.engine.publish import writing
from rewarm.evaluate import heldout_loss
from rewarm.evaluate.score import loaded_model
from rewarm.model import causal_lm, checkpoint_weights
from rewarm.runs.run import Run, State


def curve(run: Run, start: Path, states: Sequence[State], folder: Path, device: str) -> list[dict[str, Any]]:
    """A row a checkpoint, axis and value: update, axis, value, nats, bits_per_byte.

    start: folder of the base; folder: of kept sums. Empty where the run has no held-out documents.
    """
    path, leaf_of = run.file("tokenize", "heldout"), run.file("mix", "heldout_leaf_of")
    sizes = run.file("tokenize", "token_bytes.npy")
    if not states or not path or not leaf_of or not sizes:
        return []
    documents = heldout.read(path, run.recipe["evaluate"])
    leaf = leaves.of_documents(leaf_of, documents.ids)
    rows = []
    for state in states:
        kept = folder / f"{loaded_model.identity(state.folder)}.npy"
        if not kept.exists():
            model = checkpoint_weights.load(start, state.folder, causal_lm.device_of(device))
            sums = heldout_loss.document_sums(
                model, documents, np.load(sizes), _config(run), state.folder.name
            )
            folder.mkdir(parents=True, exist_ok=True)
            with writing(kept) as aside, aside.open("wb") as file:
                np.save(file, sums)
        rows += _rows(state.updates, np.load(kept), leaf, run.leaves)
    return rows


def _config(run: Run) -> dict[str, Any]:
    train = run.recipe["train"]
    return {
        "seq_len": run.recipe["evaluate"]["seq_len"] or run.recipe["pack"]["seq_len"],
        **{key: train[key] for key in ("attention", "precision", "loss_chunk")},
    }


def _rows(update: int, sums: np.ndarray, leaf: np.ndarray, known: Sequence[Leaf]) -> list[dict[str, Any]]:
    """sums: float64 [documents, 3]; leaf: int [documents]."""
    rows = []
    for axis in dict.fromkeys(["source", *(axis for item in known for axis in item.labels)]):
        for value in dict.fromkeys(item.value(axis) for item in known):
            members = [item.number for item in known if item.value(axis) == value]
            nats, tokens, size = sums[np.isin(leaf, members)].sum(0)
            if value is not None and tokens:
                bits = float(nats / (size * log(2)))
                rows.append(
                    {"update": update, "axis": axis, "value": value, "nats": float(nats / tokens),
                     "bits_per_byte": bits}
                )  # fmt: skip
    return rows
