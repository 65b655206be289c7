"""The funnel for a terminal and for programs: what each step did to each source's documents, and why."""

from typing import Any

from rewarm.runs import funnel
from rewarm.runs.run import Run


def data(run: Run, examples: int) -> dict[str, Any]:
    """The funnel as plain values: steps with their sources, and reasons with up to `examples` documents."""
    steps: dict[str, list[dict[str, Any]]] = {}
    for row in funnel.passed(run):
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
        "run": str(run.path),
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
