"""What is asked about: items that the result lost, held-out documents whose loss rose, or a text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from rewarm.corpus.tables import heldout, leaves
from rewarm.errors import RewarmError
from rewarm.model import pretrained
from rewarm.runs import evaluation, models
from rewarm.runs.run import Run

# Documents of a channel that are asked about: those whose loss rose most.
_MOST = 32
# Tokens of a document that are searched for.
_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Query:
    """name: of an item or document; kind: item, document or text; text: what is searched for; answer: its end
    that the loss is about, empty for all of it."""

    name: str
    kind: str
    text: str
    answer: str = ""


def of_run(
    run: Run, task: str | None = None, item: str | None = None, channel: str | None = None
) -> list[Query]:
    """What the result lost.

    channel: `AXIS=VALUE`, its held-out documents whose loss rose; task, item: lost items of these. Without
    any: all lost items and the documents that `rewarm evaluate` lists as lost; where it was not run, the
    held-out documents of all channels whose loss rose. Raises RewarmError where nothing was lost.
    """
    if channel is not None:
        return _documents(run, channel)
    found = evaluation.read(run)
    if found is None:
        if task is not None or item is not None:
            raise RewarmError(f"{run.path}: has no items yet; run `rewarm evaluate {run.path}` first")
        return _documents(run, None)
    lines = (run.path / evaluation.FOLDER / "items.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [
        _of_item(row)
        for row in map(json.loads, lines)
        if row["change"] == "lost" and task in (None, row["task"]) and item in (None, row["id"])
    ]
    if task is None and item is None:
        rows += [Query(row["id"], "document", row["text"]) for row in found.documents.get("lost", [])]
    if not rows:
        named = f" of task {task}" if task else ""
        raise RewarmError(f"{run.path}: the result lost no item{named}; there is nothing to attribute")
    return rows


def _of_item(row: dict[str, Any]) -> Query:
    options = row.get("options") or []
    gold = row.get("gold") or []
    answers = [options[one] if isinstance(one, int) and one < len(options) else str(one) for one in gold]
    answer = "\n".join(answers)
    return Query(f"{row['task']}/{row['id']}", "item", "\n".join([row["question"], *answers]), answer)


def _documents(run: Run, channel: str | None) -> list[Query]:
    """Held-out documents whose loss rose from base to result, those that rose most."""
    before, after = run.file("baseline", "documents.parquet"), run.file("evaluate", "documents.parquet")
    folder, leaf_of = run.file("tokenize", "heldout"), run.file("mix", "heldout_leaf_of")
    if not (before and after and folder and leaf_of):
        raise RewarmError(f"{run.path}: has no result yet; finish it with `rewarm run`, or give --text")
    documents = heldout.read(folder)
    change = _bits(after, documents.ids) - _bits(before, documents.ids)
    wanted = np.ones(len(change), bool)
    if channel is not None:
        wanted = np.isin(leaves.of_documents(leaf_of, documents.ids), _leaves(run, channel))
    chosen = _risen_most(change, wanted)
    if not chosen:
        where = f" of {channel}" if channel else ""
        raise RewarmError(f"{run.path}: the loss of no held-out document{where} rose; nothing to attribute")
    tokenizer = pretrained.tokenizer_of(models.trained_from(run))
    return [
        Query(str(documents.ids[row]), "document", tokenizer.decode(documents.tokens[row][:_TOKENS]))
        for row in chosen
    ]


def _risen_most(change: np.ndarray, wanted: np.ndarray) -> list[int]:
    """Rows of the wanted documents whose loss rose, at most `_MOST`, the greatest rise first.

    change: float64 [documents], NaN where not known; wanted: bool [documents].
    """
    rows = np.flatnonzero(wanted & (change > 0))
    return [int(row) for row in rows[np.argsort(-change[rows], kind="stable")][:_MOST]]


def _leaves(run: Run, channel: str) -> Sequence[int]:
    axis, sign, value = channel.partition("=")
    found = [leaf.number for leaf in run.leaves if leaf.value(axis) == value]
    if not sign or not found:
        known = sorted(
            {f"{axis}={leaf.value(axis)}" for leaf in run.leaves for axis in ("source", *leaf.labels)}
        )
        raise RewarmError(f"--channel {channel}: is not one of {', '.join(known)}")
    return found


def _bits(scores: Path, ids: np.ndarray) -> np.ndarray:
    """float64 [documents]: bits per byte, in the order of `ids`; NaN for a document without a score."""
    rows = pq.read_table(scores, columns=["id", "nats", "bytes"]).to_pylist()
    known = {row["id"]: row["nats"] / (max(row["bytes"], 1) * log(2)) for row in rows}
    return np.array([known.get(str(one), np.nan) for one in ids])
