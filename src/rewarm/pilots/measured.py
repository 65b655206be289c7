"""The losses of pilots: rows as `rewarm mix fit` reads them (`docs/laws.md`), nats per token by entry.

A run gives a row for each measurement of its curve, and one at its end from the step `evaluate`; both count
the same held-out documents, the first of each leaf. Sources outside the mix are losses too.
"""

from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rewarm.corpus.tables import leaves
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.pilots.study import STAGE, Pilot, Study
from rewarm.recipe import selectors
from rewarm.runs.run import Run

Row = dict[str, Any]
# In the first half of a pilot the loss depends on which documents came first: at a small share, a loss may be
# higher than the base's until some of its documents were seen. One just before the end would count twice.
FIRST_PART, LAST_PART = 0.5, 0.9


def losses(
    study: Study, known: Sequence[leaves.Leaf], leaf_of: NDArray[np.int32], sums: NDArray[np.float64]
) -> dict[str, float]:
    """Nats per token by entry, and by source outside the mix.

    leaf_of: [documents]; sums: float64 [documents, 3], nats, tokens and bytes, in the order of the table.
    """
    by_leaf = {}
    for leaf in known:
        rows = np.flatnonzero(leaf_of == leaf.number)[: study.settings.documents]
        by_leaf[leaf.number] = sums[rows].sum(axis=0)
    return _by_name(study, known, by_leaf)


def _by_name(
    study: Study, known: Sequence[leaves.Leaf], by_leaf: dict[int, NDArray[np.float64]]
) -> dict[str, float]:
    total: dict[str, NDArray[np.float64]] = {}
    for leaf in known:
        name = _entry(study.entries, leaf) or leaf.source
        total[name] = total.get(name, np.zeros(3)) + by_leaf[leaf.number]
    return {name: float(sums[0] / sums[1]) for name, sums in total.items() if sums[1]}


def _entry(entries: Sequence[str], leaf: leaves.Leaf) -> str | None:
    for entry in entries:
        if all(leaf.value(axis) == value for axis, value in selectors.parse(entry).items()):
            return entry
    return None


def scores(path: Path) -> NDArray[np.float64]:
    """float64 [documents, 3] of a table `documents.parquet`."""
    rows = pq.read_table(path)
    return np.stack([rows[name].to_numpy() for name in ("nats", "tokens", "bytes")], axis=1)


def base_rows(study: Study, run: Run) -> list[Row]:
    """The row with 0 tokens: the losses of the base."""
    return [_row(study, "base", 0.0, study.design.mixes[0], "base", _end(study, run, "baseline"))]


def of_run(study: Study, pilot: Pilot, run: Run) -> list[Row]:
    """The rows of a finished pilot, in order of tokens."""
    planned = run.json("mix", "plan.json") or {}
    tokens = float(sum(entry["tokens"] for entry in planned[STAGE].values()))
    updates = run.metrics("updates").to_pylist()
    sequences = np.cumsum([row["sequences"] for row in updates])
    rows = []
    for update, values in sorted(_curve(study, run).items()):
        part = float(sequences[update - 1] / sequences[-1])
        if FIRST_PART <= part <= LAST_PART:
            rows.append(_row(study, pilot.name, part * tokens, pilot.shares, pilot.kind, values))
    rows.append(_row(study, pilot.name, tokens, pilot.shares, pilot.kind, _end(study, run, "evaluate")))
    return rows


def of_sums(study: Study, pilot: Pilot, run: Run, sums: NDArray[np.float64]) -> Row:
    """The row of a model that was not trained as a mix. sums: float64 [documents, 3], as `scores` gives."""
    return _row(study, pilot.name, study.tokens, pilot.shares, pilot.kind, _of_documents(study, run, sums))


def _end(study: Study, run: Run, step: str) -> dict[str, float]:
    path = run.file(step, "documents.parquet")
    if path is None:
        raise RewarmError(f"{run.path}: its step {step} is gone. Run `rewarm mix pilot` again")
    return _of_documents(study, run, scores(path))


def _of_documents(study: Study, run: Run, sums: NDArray[np.float64]) -> dict[str, float]:
    return losses(study, run.leaves, _leaf_of(run), sums)


def _leaf_of(run: Run) -> NDArray[np.int32]:
    """int32 [held-out documents], in the order of the tables of scores."""
    scored, leaf_of = run.file("baseline", "documents.parquet"), run.file("mix", "heldout_leaf_of")
    if scored is None or leaf_of is None:
        raise RewarmError(f"{run.path}: its step baseline or mix is gone. Run `rewarm mix pilot` again")
    ids = pq.read_table(scored, columns=["id"])["id"].combine_chunks()
    return np.asarray(leaves.of_documents(leaf_of, ids), dtype=np.int32)


def _curve(study: Study, run: Run) -> dict[int, dict[str, float]]:
    """Finished updates → losses, from the measurements of the forgetting guard in bits per byte."""
    path = run.file("baseline", "documents.parquet")
    assert path is not None
    leaf, before = _leaf_of(run), scores(path)
    sizes = {
        one.number: before[np.flatnonzero(leaf == one.number)[: study.settings.documents]].sum(axis=0)
        for one in run.leaves
    }
    found: dict[int, dict[int, NDArray[np.float64]]] = {}
    for row in run.metrics("retained").to_pylist():
        _, tokens, size = sizes[row["leaf"]]
        nats = row["now"] * log(2) * size
        found.setdefault(row["update"], {})[row["leaf"]] = np.array([nats, tokens, size])
    absent = np.zeros(3)
    return {
        update: _by_name(study, run.leaves, {one.number: by.get(one.number, absent) for one in run.leaves})
        for update, by in found.items()
    }


def _row(
    study: Study, name: str, tokens: float, shares: Sequence[float], kind: str, values: dict[str, float]
) -> Row:
    return {
        "run": name,
        "tokens": round(tokens),
        **{f"share.{entry}": share for entry, share in zip(study.entries, shares, strict=True)},
        **{f"loss.{name}": value for name, value in values.items()},
        "note": kind,
    }


def write(rows: Sequence[Row], path: Path) -> None:
    """JSON lines, as `rewarm mix fit` reads them."""
    with writing(path) as aside:
        aside.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
