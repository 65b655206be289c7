"""Differences between two runs, or two configurations of a step, on the same documents.

Steps are compared by the ids of the documents that pass them; ids are hashes of source and position, the
same in every run. Shards of one name hold the same documents as long as the sources are the same, so they are
compared pair by pair; only documents without a partner are held until the end. A step whose content is
the same in both is not read at all.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.tables.ledger import EXCERPT, SCHEMA
from rewarm.corpus.tables.manifest import NAME as MANIFEST
from rewarm.errors import RewarmError
from rewarm.pii import hide
from rewarm.runs import step_tables
from rewarm.runs.run import Run
from rewarm.runs.step_tables import StepFolder

CHANGES = ("only_a", "only_b", "edited")
_COLUMNS = ["source", "text", "masks"]


@dataclass
class _Difference:
    """Of one step: source → change → documents; (change, reason) → documents and examples."""

    both: Counter[str] = field(default_factory=Counter)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, change: str, rows: pa.Table, why: dict[str, dict[str, Any]], most: int) -> None:
        """why: the row of the other side's ledger, by id."""
        for row in rows.to_pylist():
            verdict = why.get(row["id"])
            reason = f"{verdict['verdict']} {verdict['reason']}" if verdict else _SILENT[change]
            self.counts.setdefault(row["source"], Counter())[change] += 1
            self.reasons[change, reason] += 1
            shown = self.examples.setdefault((change, reason), [])
            if len(shown) < most:
                keys = ("score", "threshold", "match")
                shown.append(
                    {
                        "id": row["id"],
                        "source": row["source"],
                        **{key: verdict[key] if verdict else None for key in keys},
                        "excerpt": row["excerpt"],
                        **({"other": row["other"]} if "other" in row else {}),
                    }
                )


_SILENT = {
    "only_a": "not there before this step",
    "only_b": "not there before this step",
    "edited": "text or masks",
}


def between(a: Path, b: Path, only: str | None, examples: int) -> dict[str, Any]:
    """The differences of two runs (folders with run.json), or of two directories of one step.

    only: a step's name; none compares all. Raises RewarmError for folders that are neither, for a step
    that is not in both, and for two directories of different steps.
    """
    left, right = _steps(a), _steps(b)
    names = [name for name in left if name in right]
    if only is not None:
        if only not in names:
            raise RewarmError(f"--step: {only!r} is not in both; there are {', '.join(names)}")
        names = [only]
    if not names:
        raise RewarmError(
            f"{a} and {b} have no step in common: {', '.join(left)} here, {', '.join(right)} there"
        )
    rows = [_of_step(left[name], right[name], examples) for name in names]
    missing = {"only_a": [n for n in left if n not in right], "only_b": [n for n in right if n not in left]}
    return {"a": str(a), "b": str(b), "steps": [row for row in rows if row], "steps_missing": missing}


def _steps(folder: Path) -> dict[str, StepFolder]:
    alone = (folder / MANIFEST).exists()
    if alone:
        step = step_tables.of_step(folder)
        return {step.name: step}
    run = Run(folder)
    if not run.steps:
        raise RewarmError(f"{folder}: no step is done yet")
    return run.steps


def _of_step(a: StepFolder, b: StepFolder, examples: int) -> dict[str, Any]:
    before, after = a.manifest.config, b.manifest.config
    settings = {
        key: [before.get(key), after.get(key)]
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    }
    same = a.manifest.content == b.manifest.content
    row: dict[str, Any] = {
        "step": a.name,
        "same": same,
        "settings": settings,
        "code": a.manifest.code != b.manifest.code,
        "counts": {
            key: [a.manifest.counts.get(key, 0), b.manifest.counts.get(key, 0)]
            for key in sorted(a.manifest.counts.keys() | b.manifest.counts.keys())
            if a.manifest.counts.get(key, 0) != b.manifest.counts.get(key, 0)
        },
        "sources": [],
        "reasons": [],
    }
    if a.decides and b.decides and (not same or not _same_inputs(a, b)):
        difference = _compare(a, b, examples)
        row["sources"] = [
            {
                "source": source,
                "both": difference.both[source],
                **{c: difference.counts.get(source, Counter())[c] for c in CHANGES},
            }
            for source in dict.fromkeys([*difference.both, *difference.counts])
        ]
        row["reasons"] = [
            {
                "change": change,
                "reason": reason,
                "documents": count,
                "examples": difference.examples[change, reason],
            }
            for (change, reason), count in sorted(
                difference.reasons.items(), key=lambda item: (CHANGES.index(item[0][0]), -item[1], item[0][1])
            )
        ]
    return row


def _same_inputs(a: StepFolder, b: StepFolder) -> bool:
    return a.manifest.inputs == b.manifest.inputs


def _compare(a: StepFolder, b: StepFolder, examples: int) -> _Difference:
    difference = _Difference()
    unpaired: dict[str, list[pa.Table]] = {"only_a": [], "only_b": []}
    shards = sorted({*a.shards(), *b.shards()})
    for shard in shards:
        left, right = _let_through(a, shard), _let_through(b, shard)
        _edited(left, right, difference, b, examples)
        for change, own, other in (("only_a", left, right), ("only_b", right, left)):
            only_here = own.filter(pc.invert(pc.is_in(own["id"], other["id"].combine_chunks())))
            unpaired[change].append(_shown(only_here, raw=a.name == "collect"))
    # A document may have moved to another shard, where a source changed.
    everywhere = {change: pa.concat_tables(parts) for change, parts in unpaired.items() if parts}
    for change, rows in everywhere.items():
        other = everywhere["only_b" if change == "only_a" else "only_a"]
        moved = pc.is_in(rows["id"], other["id"].combine_chunks())
        if change == "only_a":
            difference.both.update(_sources(rows.filter(moved)))
        rows = rows.filter(pc.invert(moved))
        difference.add(change, rows, _why(b if change == "only_a" else a, shards, rows["id"]), examples)
    return difference


def _let_through(step: StepFolder, shard: str) -> pa.Table:
    """id, source, text and masks of the documents that a shard's step lets through; a step that sets
    masks of its own shows those."""
    empty = pa.table({"id": pa.array([], pa.string()), "source": pa.array([], pa.string()),
                      "text": pa.array([], pa.string()), "masks": pa.array([], pa.string())})  # fmt: skip
    if shard not in step.shards():
        return empty
    rows = step_tables.went_on(step, shard, _COLUMNS)
    if rows is None:
        return empty
    own = step_tables.shown_masks(step, shard)
    mask_texts = [str(spans or "") for spans in rows["masks"].to_pylist()]
    if own is not None:
        added = dict(zip(own["id"].to_pylist(), own["masks"].to_pylist(), strict=True))
        mask_texts = [
            spans + str(added.get(name) or "")
            for spans, name in zip(mask_texts, rows["id"].to_pylist(), strict=True)
        ]
    return rows.set_column(rows.column_names.index("masks"), "masks", pa.array(mask_texts, pa.string()))


def _edited(
    left: pa.Table, right: pa.Table, difference: _Difference, judge: StepFolder, examples: int
) -> None:
    """Count the documents that both keep, and those of them whose text or masks differ."""
    place = pc.index_in(left["id"], right["id"].combine_chunks())
    left = left.filter(pc.is_valid(place))
    right = right.take(place.filter(pc.is_valid(place)))
    difference.both.update(_sources(left))
    if not len(left):
        return
    unlike = pc.or_(pc.not_equal(left["text"], right["text"]), pc.not_equal(left["masks"], right["masks"]))
    if pc.any(unlike).as_py():
        changed_left, changed_right = left.filter(unlike), right.filter(unlike)
        parts = [
            _places(*pair)
            for pair in zip(changed_left["text"].to_pylist(), changed_right["text"].to_pylist(), strict=True)
        ]
        if judge.name == "collect":
            parts = [(hide(own), hide(their)) for own, their in parts]
        rows = changed_left.select(["id", "source"])
        for name, side in (("excerpt", 0), ("other", 1)):
            rows = rows.append_column(name, pa.array([part[side] for part in parts], pa.string()))
        difference.add("edited", rows, _why(judge, judge.shards(), rows["id"]), examples)


def _places(one: str, other: str) -> tuple[str, str]:
    """Excerpts of both texts from 30 characters before the first difference."""
    if one == other:
        return one[:EXCERPT], other[:EXCERPT]
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    start = max(0, low - 30)
    return one[start : start + EXCERPT], other[start : start + EXCERPT]


def _shown(rows: pa.Table, *, raw: bool) -> pa.Table:
    """id, source and the start of each text; raw: personal data is hidden."""
    excerpt = pc.utf8_slice_codeunits(rows["text"], 0, EXCERPT)
    if raw:
        excerpt = pa.array([hide(text) for text in excerpt.to_pylist()], pa.string())
    return rows.select(["id", "source"]).append_column("excerpt", excerpt)


def _why(step: StepFolder, shards: list[str], ids: pa.ChunkedArray) -> dict[str, dict[str, Any]]:
    """A step's verdicts on these ids, drops before others."""
    ledgers = [rows for shard in shards if (rows := step.ledger(shard)) is not None]
    chosen = [rows.filter(pc.is_in(rows["id"], ids.combine_chunks())) for rows in ledgers]
    rows = pa.concat_tables([SCHEMA.empty_table(), *chosen])
    verdict_of: dict[str, dict[str, Any]] = {}
    for row in rows.to_pylist():
        if row["id"] not in verdict_of or (row["verdict"] == "drop") > (
            verdict_of[row["id"]]["verdict"] == "drop"
        ):
            verdict_of[row["id"]] = row
    return verdict_of


def _sources(rows: pa.Table) -> dict[str, int]:
    counted = rows.group_by("source").aggregate([([], "count_all")]).to_pylist()
    return {row["source"]: row["count_all"] for row in counted}
