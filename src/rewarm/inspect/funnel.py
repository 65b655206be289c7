"""The funnel for terminals and programs: documents of each source in and out of each step, with reasons."""

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
        for (verdict, reason), count in row.reasons.most_common():
            by_reason.setdefault(verdict, {})[reason] = count
        steps.setdefault(row.step, []).append({"source": row.source, **counts, "reasons": by_reason})
    reasons = [
        {
            **{key: getattr(item, key) for key in ("step", "verdict", "reason", "total")},
            "sources": dict(item.sources),
            "examples": [
                {
                    key: getattr(excerpt, key)
                    for key in ("id", "source", "origin", "score", "threshold", "match", "excerpt")
                }
                for excerpt in item.excerpts
            ],
        }
        for item in funnel.reasons(run, examples)
    ]
    return {
        "run": str(run.path),
        "steps": [{"step": step, "sources": sources} for step, sources in steps.items()],
        "reasons": reasons,
    }


def lines(funnel_data: dict[str, Any]) -> list[str]:
    """Lines for a terminal; excerpts are not escaped: the caller does that."""
    keys = ("in", "kept", "edited", "masked", "dropped")
    width = (
        max((len(row["source"]) for step in funnel_data["steps"] for row in step["sources"]), default=6) + 2
    )
    shown = [f"{'step':<15}{'source':<{width}}" + "".join(f"{key:>11}" for key in keys)]
    for step in funnel_data["steps"]:
        rows = step["sources"]
        if len(rows) > 1:
            rows = [*rows, {"source": "all", **{key: sum(row[key] for row in rows) for key in keys}}]
        for place, row in enumerate(rows):
            name = "" if place else step["step"]
            shown.append(f"{name:<15}{row['source']:<{width}}" + "".join(f"{row[key]:>11,}" for key in keys))
    for item in funnel_data["reasons"]:
        by_source = " · ".join(f"{source} {number:,}" for source, number in item["sources"].items())
        shown += ["", f"{item['step']}  {item['verdict']} {item['reason']}  {item['total']:,}   {by_source}"]
        for example in item["examples"]:
            measured = "" if example["score"] is None else f"  {example['score']:.4g}"
            limit = "" if example["threshold"] is None else f" against {example['threshold']:.4g}"
            match = f"  match {example['match']}" if example["match"] else ""
            shown.append(f"  {example['id'] or example['origin']}{measured}{limit}{match}")
            shown.append(f"    {' '.join(example['excerpt'].split())[:100]}")
    return shown
