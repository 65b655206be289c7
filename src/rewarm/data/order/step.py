"""Orders each stage's documents: shuffles, curricula, and groups of related documents, by channel.

Every use of a document gets a position from 0 to 1 (`positions.py`), and the rows are sorted by it. A group
of related documents has one position. Positions follow from a hash of seed, stage, document ID and use, so
neither other documents nor the files they came in move a document.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import ids, leaves, ledger
from rewarm.corpus.tables.leaves import Leaf
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.order import channels, groups, positions
from rewarm.data.order.keys import keys
from rewarm.data.order.plan_rows import Rows
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile

_NONE = -1


class _Stage:
    """The order of a stage while it is found. position: float64; band: int32; group, path: int64, -1 for
    none; within: int64, the place in the group; tie: uint64; dropped: bool. All [rows]."""

    def __init__(self, rows: Rows) -> None:
        count = len(rows)
        self.rows = rows
        self.position = np.zeros(count, dtype=np.float64)
        self.group = np.full(count, _NONE, dtype=np.int64)
        self.path = np.full(count, _NONE, dtype=np.int64)
        self.within = np.zeros(count, dtype=np.int64)
        self.tie = rows.rank.copy()
        self.dropped = np.zeros(count, dtype=bool)
        self.copies: list[tuple[int, str]] = []
        self.groups = self.paths = 0


def run(work: Work) -> Counts:
    """plan, leaves, documents, attributes → STAGE.parquet: the rows in training order, with band, group and
    path; order.json, ledger."""
    found_leaves = leaves.read(work.table("leaves"))
    counts: Counts = {}
    summary: dict[str, Any] = {}
    verdicts: list[Verdict] = []
    for number, stage in enumerate(work.config["stages"]):
        name = stage["name"]
        plan = pq.read_table(work.table("plan") / f"{name}.parquet")
        ordered = _Stage(Rows.of(plan, int(work.config["seed"]), number))
        summary[name] = _order(work, stage, ordered, found_leaves)
        kept = np.flatnonzero(~ordered.dropped)
        order = kept[np.lexsort((ordered.within[kept], ordered.tie[kept], ordered.position[kept]))]
        dropped = int(ordered.dropped.sum())
        reconcile("order", "rows", len(plan), {name: len(order), "dropped": dropped})
        verdicts += _verdicts(ordered, found_leaves)
        columns = {
            "band": positions.bands_of(ordered.position, int(stage["order"]["bands"])),
            "group": ordered.group,
            "path": ordered.path,
        }
        table = plan.take(order)
        for column, values in columns.items():
            table = table.append_column(column, pa.array(values[order]))
        with writing(work.folder / f"{name}.parquet") as aside:
            pq.write_table(table, aside)
        counts[name] = len(order)
        counts[f"{name}.dropped"] = dropped
        counts[f"{name}.groups"] = ordered.groups
    (work.folder / "ledger").mkdir(exist_ok=True)
    ledger.write(work.folder / "ledger" / "00000.parquet", verdicts)
    with writing(work.folder / "order.json") as aside:
        aside.write_text(json.dumps(summary, indent=1, ensure_ascii=False), encoding="utf-8")
    return counts


def _order(
    work: Work, stage: dict[str, Any], ordered: _Stage, found_leaves: Sequence[Leaf]
) -> dict[str, Any]:
    """Fill in the order of every channel; what was done, by channel."""
    order, name, rows = stage["order"], stage["name"], ordered.rows
    done: dict[str, Any] = {}
    ways = channels.orderings(name, order, work.config["selectors"][name], found_leaves)
    for channel, (settings, numbers) in ways.items():
        chosen = channels.rows_of(rows.leaf, numbers)
        if not len(chosen):
            continue
        where = f"stages.{name}.order" + (f".channels.{channel}" if channel != channels.WHOLE else "")
        ordered.position[chosen] = positions.shuffled(rows, chosen)
        said: dict[str, Any] = {"by": settings["by"], "documents": len(np.unique(rows.ids[chosen]))}
        if settings["by"] == "curriculum":
            key = keys(work, rows, chosen, settings["key"], f"{where}.key")
            signed = key if settings["first"] == "low" else -key
            ordered.position[chosen] = positions.curriculum(rows, chosen, signed, order["bands"])
            said |= _bands(key, ordered.position[chosen], settings["key"], order["bands"])
        elif settings["by"] == "related":
            said |= _related(work, stage, ordered, chosen, settings)
        elif settings["by"] == "user":
            said |= _users(work, stage, ordered, chosen, settings)
        done[channel] = said
    return done


def _bands(key: np.ndarray, position: np.ndarray, name: str, bands: int) -> dict[str, Any]:
    band = positions.bands_of(position, bands)
    known = ~np.isnan(key)
    return {
        "key": name,
        "without_key": int((~known).sum()),
        "bands": [
            {
                "documents": int((band == number).sum()),
                "mean": float(key[known & (band == number)].mean())
                if (known & (band == number)).any()
                else None,
            }
            for number in range(bands)
        ],
    }


def _related(
    work: Work, stage: dict[str, Any], ordered: _Stage, chosen: np.ndarray, settings: dict[str, Any]
) -> dict[str, Any]:
    from rewarm.data.order.related import related  # compiles kernels

    rows = ordered.rows
    fitting = chosen[(rows.tokens[chosen] < stage["seq_len"]) & (rows.tokens[chosen] > 0)]
    distinct = _distinct(rows, fitting)
    wanted = rows.ids[distinct]
    found = related(work, wanted, settings)
    copies = np.zeros(len(wanted), dtype=bool)
    copies[found.paths.copies] = True
    if settings["copies"] == "drop":
        uses = _uses(rows, fitting, wanted)
        originals = dict(
            zip(found.paths.copies.tolist(), ids.digits(wanted[found.paths.originals]), strict=True)
        )
        for row, document in zip(fitting.tolist(), uses.tolist(), strict=True):
            if copies[document]:
                ordered.dropped[row] = True
                ordered.copies.append((row, originals[document]))
    grouped = _group(
        ordered, stage, chosen, fitting, wanted, found.paths.order, found.paths.path, groups.AHEAD
    )
    return {
        "too_long": len(np.unique(rows.ids[chosen])) - len(wanted),
        "near_copies": int(copies.sum()),
        "without_related": len(found.paths.alone),
        "paths": int(found.paths.path[-1]) + 1 if len(found.paths.path) else 0,
        **grouped,
        "similarity_following": found.following,
        "similarity_by_chance": found.by_chance,
    }


def _users(
    work: Work, stage: dict[str, Any], ordered: _Stage, chosen: np.ndarray, settings: dict[str, Any]
) -> dict[str, Any]:
    from rewarm.data.order.users import users

    rows = ordered.rows
    fitting = chosen[(rows.tokens[chosen] < stage["seq_len"]) & (rows.tokens[chosen] > 0)]
    wanted = rows.ids[_distinct(rows, fitting)]
    order, number, unknown = users(work, wanted, settings["field"])
    grouped = _group(ordered, stage, chosen, fitting, wanted, order, number, 0)
    return {"users": int(number[-1]) + 1 if len(number) else 0, "without_field": unknown, **grouped}


def _distinct(rows: Rows, chosen: np.ndarray) -> np.ndarray:
    """int64: one row of each document, in an order that no file or other document changes."""
    _, first = np.unique(ids.sortable(rows.ids[chosen]), return_index=True)
    own = chosen[first]
    return own[np.argsort(ids.ranks(rows.ids[own], "related"), kind="stable")]


def _uses(rows: Rows, chosen: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """int64 [chosen]: the place in `wanted` of each row's document, which is there."""
    keys = ids.sortable(wanted)
    order = np.argsort(keys)
    return order[np.searchsorted(keys, ids.sortable(rows.ids[chosen]), sorter=order)]


def _group(
    ordered: _Stage, stage: dict[str, Any], chosen: np.ndarray, fitting: np.ndarray, wanted: np.ndarray,
    order: np.ndarray, path: np.ndarray, ahead: int,
) -> dict[str, Any]:  # fmt: skip
    """Cut paths into groups, each epoch for itself, and spread the groups of a path over the stage.

    chosen: int64, rows of the channel; fitting: of them, those of documents in `wanted`; order, path: int64,
    documents of `wanted` path after path. Returns counts.
    """
    rows = ordered.rows
    place = np.full(len(wanted), _NONE, dtype=np.int64)
    place[order] = np.arange(len(order))
    at = place[_uses(rows, fitting, wanted)]
    epochs = rows.repeat[fitting]
    share = np.bincount(rows.repeat[chosen], rows.tokens[chosen])
    share = share / max(1.0, share.sum())
    starts = np.cumsum(share) - share
    in_groups = tokens = 0
    for epoch in np.unique(epochs).tolist():
        mine = np.flatnonzero((epochs == epoch) & (at >= 0))
        mine = mine[np.argsort(at[mine], kind="stable")]
        own, own_path = fitting[mine], path[at[mine]]
        moved, group = groups.cut(rows.tokens[own], own_path, int(stage["seq_len"]), ahead)
        own, own_path = own[moved], own_path[moved]
        sizes = np.bincount(group)
        several = sizes[group] > 1
        own, own_path, group = own[several], own_path[several], group[several]
        if not len(own):
            continue
        _, first, group = np.unique(group, return_index=True, return_inverse=True)
        spread = _spread(own_path[first], rows.rank[own[first]])
        position = starts[epoch] + np.minimum(spread, np.nextafter(1, 0)) * share[epoch]
        ordered.position[own] = np.minimum(position, np.nextafter(1, 0))[group]
        ordered.group[own] = ordered.groups + group
        ordered.path[own] = ordered.paths + own_path
        ordered.within[own] = np.arange(len(own))
        ordered.tie[own] = rows.rank[own[first]][group]
        ordered.groups += len(first)
        in_groups += len(own)
        tokens += int(rows.tokens[own].sum())
    ordered.paths += int(path.max()) + 1 if len(path) else 0
    return {"in_groups": in_groups, "tokens_in_groups": tokens}


def _spread(path: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """float64 [groups] in 0..1: the groups of a path as far from each other as can be, in a drawn order.

    path: int64; rank: uint64. A path of one group has a position that is uniform.
    """
    order = np.lexsort((rank, path))
    sizes = np.bincount(path)
    firsts = np.cumsum(sizes) - sizes
    number = np.empty(len(path), dtype=np.int64)
    number[order] = np.arange(len(path)) - np.repeat(firsts, sizes)[: len(path)]
    found: np.ndarray = (number + rank / 2.0**64) / sizes[path]
    return found


def _verdicts(ordered: _Stage, found_leaves: Sequence[Leaf]) -> list[Verdict]:
    rows = ordered.rows
    identities = ids.digits(rows.ids[[row for row, _ in ordered.copies]])
    return [
        Verdict(
            identity,
            found_leaves[int(rows.leaf[row])].source,
            "order",
            "drop",
            "near_copy",
            "",
            match=original,
        )
        for identity, (row, original) in zip(identities, ordered.copies, strict=True)
        if rows.repeat[row] == 0
    ]
