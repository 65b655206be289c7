"""Base against result, channel by channel, with intervals over documents (`statistics/bootstrap.py`).

Base and result are compared on the same draw of documents, so an interval is that of the change.
"""

import json
from collections.abc import Sequence
from math import isnan, log
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import leaves
from rewarm.corpus.tables.leaves import Leaf
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError
from rewarm.evaluate import heldout_loss
from rewarm.statistics.bootstrap import interval, resampled

LEARN = "domain"


def run(work: Work) -> Counts:
    """model, heldout, leaves, scores → documents.parquet, channels.json.

    Where the vocabulary was extended, `scores` are the base's with its own tokenizer, on the same bytes; nats
    per token do not compare then and are left out.
    """
    counts = heldout_loss.run(work)
    known = leaves.read(work.table("leaves"))
    documents, before = sums_of(work.table("scores"))
    _, after = sums_of(work.folder / "documents.parquet")
    leaf = leaves.of_documents(work.table("heldout_leaf_of"), documents)
    result = compare(before, after, leaf, known, work.config["bootstrap"], work.config["seed"])
    if work.tables.get("vocabulary"):
        _check_bytes(before, after)
        result["same_tokenizer"] = False
        for channel in result["channels"]:
            without_nats(channel)
    with writing(work.folder / "channels.json") as aside:
        aside.write_text(json.dumps(result, indent=1, ensure_ascii=False))
    return counts


def without_nats(channel: dict[str, Any]) -> None:
    """Leave out what does not compare between two tokenizers."""
    for part in ("before", "after", "change"):
        channel[part]["nats"] = None


def _check_bytes(before: np.ndarray, after: np.ndarray) -> None:
    """Raise RewarmError where base and result were scored on other bytes."""
    other = np.flatnonzero(before[:, 2] != after[:, 2])
    if len(other):
        raise RewarmError(
            f"evaluate: {len(other)} of {len(before)} documents were scored on other bytes by the base than "
            "by the result, whose vocabulary is larger. This is a fault in rewarm: please report it"
        )


def sums_of(scores: Path) -> tuple[pa.Array, np.ndarray]:
    """string [documents], their IDs; float64 [documents, 3]: nats, tokens, bytes."""
    rows = pq.read_table(scores)
    sums = np.stack([rows[name].to_numpy() for name in ("nats", "tokens", "bytes")], axis=1)
    return rows["id"].combine_chunks(), sums


def compare(
    before: np.ndarray,
    after: np.ndarray,
    leaf: np.ndarray,
    known: Sequence[Leaf],
    draws: int,
    seed: int,
) -> dict[str, Any]:
    """Channels of every axis and the gain.

    before, after: float64 [documents, 3], nats, tokens, bytes; leaf: int [documents];
    known: the leaves; draws: bootstrap resamples.
    """
    rng = np.random.default_rng(seed)
    channels = []
    for axis in dict.fromkeys(["source", *(axis for item in known for axis in item.labels)]):
        values = dict.fromkeys(_value(item, axis) for item in known)
        for value in values:
            members = [item.number for item in known if _value(item, axis) == value]
            rows = np.isin(leaf, members)
            channels.append({"axis": axis, "value": value, **_channel(before[rows], after[rows], draws, rng)})
    learn = np.isin(leaf, [item.number for item in known if item.labels.get("task") == LEARN])
    return {"channels": channels, "gain": _gain(before, after, learn, draws, rng)}


def _value(leaf: Leaf, axis: str) -> str:
    return leaf.value(axis) or "not labelled"


def _channel(before: np.ndarray, after: np.ndarray, draws: int, rng: np.random.Generator) -> dict[str, Any]:
    changes = _resampled(before, after, draws, rng)
    first, second = _means(before), _means(after)
    return {
        "documents": len(before),
        "tokens": int(before[:, 1].sum()),
        "bytes": int(before[:, 2].sum()),
        "before": first,
        "after": second,
        "change": {
            "nats": _minus(second["nats"], first["nats"]),
            "bits_per_byte": _minus(second["bits_per_byte"], first["bits_per_byte"]),
            **_interval(changes),
        },
    }


def _means(sums: np.ndarray) -> dict[str, float | None]:
    nats, tokens, size = sums.sum(0) if len(sums) else (0.0, 0.0, 0.0)
    return {
        "nats": float(nats / tokens) if tokens else None,
        "bits_per_byte": float(nats / (size * log(2))) if size else None,
    }


def _minus(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left - right


def _resampled(before: np.ndarray, after: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """float64 [draws]: the channel's change in bits per byte on documents drawn with replacement."""
    return resampled(after[:, 0] - before[:, 0], before[:, 2], draws, rng)


def _gain(
    before: np.ndarray, after: np.ndarray, learn: np.ndarray, draws: int, rng: np.random.Generator
) -> dict[str, Any]:
    """What was learnt, what all else gained, and the first beyond the second: before - after."""
    sides = {"domain": learn, "general": ~learn}
    spread = {name: -_resampled(before[rows], after[rows], draws, rng) for name, rows in sides.items()}
    size = min(map(len, spread.values()))
    spread["beyond"] = spread["domain"][:size] - spread["general"][:size]
    value: dict[str, float | None] = {}
    for name, rows in sides.items():
        value[name] = _minus(_means(before[rows])["bits_per_byte"], _means(after[rows])["bits_per_byte"])
    value["beyond"] = _minus(value["domain"], value["general"])
    return {name: {"bits_per_byte": value[name], **_interval(spread[name])} for name in spread}


def _interval(changes: np.ndarray) -> dict[str, float | None]:
    low, high = interval(changes)
    return {"low": None if isnan(low) else low, "high": None if isnan(high) else high}
