"""The held-out documents of a finished run: any model of its base is scored on them as its result was."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.corpus.tables import heldout, leaves
from rewarm.errors import RewarmError
from rewarm.evaluate import channels, heldout_loss
from rewarm.model import causal_lm
from rewarm.runs.run import Run
from rewarm.statistics.outcome import LEARN


@dataclass(frozen=True)
class RunHeldout:
    """ids, source: str [documents]; domain: bool [documents], whether labelled `task: domain`; base, result:
    float64 [documents, 3], nats, tokens and bytes as the run measured them; score: the same of a model folder
    and a name for its progress bar."""

    ids: np.ndarray
    source: np.ndarray
    domain: np.ndarray
    base: np.ndarray
    result: np.ndarray
    score: Callable[[Path, str], np.ndarray]


def of_run(run: Run, device: str = "auto") -> RunHeldout:
    """Raises RewarmError for a run that is not finished."""
    before, after = run.file("baseline", "documents.parquet"), run.file("evaluate", "documents.parquet")
    folder, leaf_of = run.file("tokenize", "heldout"), run.file("mix", "heldout_leaf_of")
    if not (before and after and folder and leaf_of and run.file("tokenize", "token_bytes.npy")):
        raise RewarmError(f"{run.path}: has no result yet; finish it with `rewarm run`")
    config = {**run.steps["evaluate"].manifest.config, "device": device}
    for key in ("attention", "loss_chunk"):
        config.setdefault(key, run.recipe["train"][key])
    documents = heldout.read(folder, config)
    by_number = {leaf.number: leaf for leaf in run.leaves}
    leaf = [by_number[int(number)] for number in leaves.of_documents(leaf_of, documents.ids)]
    return RunHeldout(
        documents.ids,
        np.array([one.source for one in leaf]),
        np.array([one.labels.get("task") == LEARN for one in leaf]),
        _sums(before, documents.ids),
        _sums(after, documents.ids),
        scorer(run, config, device),
    )


def scorer(run: Run, config: dict[str, Any], device: str) -> Callable[[Path, str], np.ndarray]:
    """Scores model folders on the held-out documents of a run that has tokenized them, finished or not.

    config: seq_len, attention, precision, loss_chunk, and the limits of `heldout.read`.
    """
    tokenized = run.steps["tokenize"].path
    documents = heldout.read(tokenized / "heldout", config)
    token_bytes = np.load(tokenized / "token_bytes.npy").astype(np.float64)

    def score(model: Path, name: str) -> np.ndarray:
        loaded = causal_lm.load(model, causal_lm.device_of(device))
        return heldout_loss.document_sums(loaded, documents, token_bytes, config, name)

    return score


def _sums(file: Path, ids: np.ndarray) -> np.ndarray:
    """float64 [documents, 3] of a step's scores, in the order of `ids`."""
    found, sums = channels.sums_of(file)
    place = {name: row for row, name in enumerate(found.to_pylist())}
    return sums[[place[str(name)] for name in ids]]
