"""The rates that a run used, and what it said about those it chose itself."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command_line import rewarm, write_recipe

pytestmark = pytest.mark.slow


def test_auto_tells_its_reason_and_the_anneal_goes_on_from_there(world: Path, model: Path) -> None:
    mix = {"law": 0.6, "api": 0.4}
    stages = [
        {"name": "adapt", "tokens": 3000, "mix": mix, "schedule": {"shape": "infinite", "warmup": 0.2}},
        {
            "name": "anneal",
            "tokens": 1500,
            "mix": mix,
            "schedule": {"shape": "exponential", "peak": 2e-4, "final": 1e-5, "warmup": 0.5},
        },
    ]
    write_recipe(world, model, stages=stages)
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    told = next(line for line in ended.stderr.splitlines() if line.startswith("rate      adapt: "))
    assert "0.0005, the highest that auto takes: half of the " in told and "falls to 0.00028" in told
    assert "rate      anneal" not in ended.stderr  # Its peak was given.
    run = world / "runs/small"
    steps = json.loads((run / "run.json").read_text())["steps"]
    rows = pq.read_table(run / "steps" / steps["train"] / "metrics/updates.parquet").to_pylist()
    adapt, anneal = ([row["rate"] for row in rows if row["stage"] == name] for name in ("adapt", "anneal"))
    assert max(adapt) == pytest.approx(5e-4) and adapt[-2:] == pytest.approx([2.75e-4] * 2)
    # Its warm-up starts from where `adapt` ended, not from zero.
    assert 2e-4 < anneal[0] < 2.75e-4 and anneal[-1] == pytest.approx(1e-5)
    assert anneal == sorted(anneal, reverse=True)
