"""What `mix` chose where the recipe leaves it open, with its reasons and warnings (`mix/choices.json`)."""

from typing import Any

from rewarm.runs.run import Run


def sentences(run: Run) -> list[str]:
    """A sentence for each reason, by stage, and for formatted documents that were left out."""
    found = _read(run)
    told = [f"{stage}: {reason}" for stage, one in found["stages"].items() for reason in one["reasons"]]
    left = [
        f"{source}: {count:,} strongly formatted documents left out (mix.max_formatted)"
        for source, count in found["formatted_left_out"].items()
    ]
    return told + left


def warnings(run: Run) -> list[str]:
    """Missing languages, and an anneal whose text is no better than that of the first stage."""
    stages = _read(run)["stages"]
    return [f"stage {stage}: {warning}" for stage, one in stages.items() for warning in one["warnings"]]


def medians(run: Run) -> dict[str, float | None]:
    """Stage → median quality of its tokens; None where nothing measured it."""
    return {stage: one["median_quality"] for stage, one in _read(run)["stages"].items()}


def _read(run: Run) -> dict[str, Any]:
    """The file; empty before `mix`, and for a run of an older version."""
    return run.json("mix", "choices.json") or {"stages": {}, "formatted_left_out": {}}
