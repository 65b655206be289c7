"""The funnel: what each step did to each source's documents, and why, with examples.

What came in is counted from the tables that the step read, what went on from those that it wrote, and what
was dropped from its ledger: three records that must agree. Where they do not, nothing is shown: the error
names step and source.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rewarm.errors import RewarmError
from rewarm.runs import funnel, step_tables
from rewarm.runs.step_tables import StepFolder


@dataclass(slots=True)
class Passed:
    """A source's documents in one step. edited, masked: documents, whatever the number of reasons; reasons:
    (verdict, reason) → documents."""

    step: str
    source: str
    came: int = 0
    kept: int = 0
    edited: int = 0
    masked: int = 0
    dropped: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)


def read(run: Path) -> list[Passed]:
    """Every step that makes documents or decides about some, by source, in the order of the run.

    Raises RewarmError for a folder that is no run, and where counts of a step do not reconcile.
    """
    rows: list[Passed] = []
    for step in step_tables.deciding(step_tables.of_run(run)):
        found = _of_step(step)
        for row in found:
            _reconcile(run, row)
        rows += found
    return rows


def _of_step(step: StepFolder) -> list[Passed]:
    came: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for shard in step.shards():
        before, after = (side(step, shard, ["source"]) for side in (step_tables.came_in, step_tables.went_on))
        kept.update(_by_source(after))
        came.update(_by_source(after if before is None else before))
        ledger = step.ledger(shard)
        if ledger is None:
            continue
        ledger = ledger.select(["source", "verdict", "reason", "id"])
        # A file that gave no document has no id, so each of its rows counts.
        nameless = pc.equal(ledger["id"], "")
        for row in _counted(ledger.filter(nameless), ["source", "verdict", "reason"]):
            reasons[row["source"]][row["verdict"], row["reason"]] += row["count_all"]
            verdicts[row["source"]][row["verdict"]] += row["count_all"]
        named = ledger.filter(pc.invert(nameless))
        distinct = named.group_by(["source", "verdict", "reason", "id"]).aggregate([])
        for row in _counted(distinct, ["source", "verdict", "reason"]):
            reasons[row["source"]][row["verdict"], row["reason"]] += row["count_all"]
        distinct = named.group_by(["source", "verdict", "id"]).aggregate([])
        for row in _counted(distinct, ["source", "verdict"]):
            verdicts[row["source"]][row["verdict"]] += row["count_all"]
    return [
        Passed(
            step.name,
            source,
            # What could not be read never was a document: of sources, all that stood there came in.
            came[source] if step.inputs else kept[source] + verdicts[source]["drop"],
            kept[source],
            verdicts[source]["edit"],
            verdicts[source]["mask"],
            verdicts[source]["drop"],
            reasons[source],
        )
        for source in dict.fromkeys([*came, *kept, *reasons])
    ]


def _by_source(rows: pa.Table | None) -> dict[str, int]:
    if rows is None:
        return {}
    return {row["source"]: row["count_all"] for row in _counted(rows, ["source"])}


def _counted(rows: pa.Table, keys: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.group_by(keys).aggregate([([], "count_all")]).to_pylist()
    return found


def _reconcile(run: Path, row: Passed) -> None:
    if row.came != row.kept + row.dropped:
        raise RewarmError(
            f"{run}: step {row.step}, source {row.source}: documents do not reconcile: {row.came:,} in, "
            f"{row.kept:,} kept + {row.dropped:,} dropped = {row.kept + row.dropped:,}. "
            "This is a fault in rewarm: please report it with the recipe"
        )


def data(run: Path, examples: int) -> dict[str, Any]:
    """The funnel as plain values: steps with their sources, and reasons with up to `examples` documents."""
    steps: dict[str, list[dict[str, Any]]] = {}
    for row in read(run):
        counts = {
            "in": row.came,
            **{key: getattr(row, key) for key in ("kept", "edited", "masked", "dropped")},
        }
        by_reason: dict[str, dict[str, int]] = {}
        for (verdict, reason), number in row.reasons.most_common():
            by_reason.setdefault(verdict, {})[reason] = number
        steps.setdefault(row.step, []).append({"source": row.source, **counts, "reasons": by_reason})
    reasons = [
        {
            **{key: getattr(item, key) for key in ("step", "verdict", "reason", "total")},
            "sources": dict(item.sources),
            "examples": [
                {
                    key: getattr(one, key)
                    for key in ("id", "source", "origin", "score", "threshold", "match", "excerpt")
                }
                for one in item.excerpts
            ],
        }
        for item in funnel.reasons(run, examples)
    ]
    return {
        "run": str(run),
        "steps": [{"step": step, "sources": sources} for step, sources in steps.items()],
        "reasons": reasons,
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The funnel for a terminal; excerpts as they are, for the caller to make safe."""
    keys = ("in", "kept", "edited", "masked", "dropped")
    wide = max((len(row["source"]) for step in found["steps"] for row in step["sources"]), default=6) + 2
    shown = [f"{'step':<15}{'source':<{wide}}" + "".join(f"{key:>11}" for key in keys)]
    for step in found["steps"]:
        rows = step["sources"]
        if len(rows) > 1:
            rows = [*rows, {"source": "all", **{key: sum(row[key] for row in rows) for key in keys}}]
        for place, row in enumerate(rows):
            name = "" if place else step["step"]
            shown.append(f"{name:<15}{row['source']:<{wide}}" + "".join(f"{row[key]:>11,}" for key in keys))
    for item in found["reasons"]:
        by_source = " · ".join(f"{source} {number:,}" for source, number in item["sources"].items())
        shown += ["", f"{item['step']}  {item['verdict']} {item['reason']}  {item['total']:,}   {by_source}"]
        for one in item["examples"]:
            measured = "" if one["score"] is None else f"  {one['score']:.4g}"
            limit = "" if one["threshold"] is None else f" against {one['threshold']:.4g}"
            match = f"  match {one['match']}" if one["match"] else ""
            shown.append(f"  {one['id'] or one['origin']}{measured}{limit}{match}")
            shown.append(f"    {' '.join(one['excerpt'].split())[:100]}")
    return shown
