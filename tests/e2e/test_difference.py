"""Two runs of one corpus with other settings: what changed, and the funnel of each."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from command_line import document, rewarm

pytestmark = pytest.mark.slow


def _data(world: Path, run: str, **changes: Any) -> None:
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    (world / f"{run}.yaml").write_text(yaml.safe_dump({**recipe, **changes}, allow_unicode=True))
    ended = rewarm(world, "run", f"{run}.yaml", "--run-dir", run, "--until", "decontaminate")
    assert ended.returncode == 0, ended.stderr


@pytest.fixture(scope="module")
def runs(shared_world: Path) -> Path:
    """`a`, and `b` with a stricter rule and a benchmark made of one of its documents."""
    world = shared_world
    exam = {"id": "seven", "question": document("api", 7), "choices": []}
    (world / "exam.jsonl").write_text(json.dumps(exam))
    _data(world, "a")
    _data(
        world,
        "b",
        select={"min_chars": 150},
        decontaminate={"benchmarks": [{"name": "exam", "path": "exam.jsonl", "id": "id"}]},
    )
    return world


def test_diff_says_what_changed_and_why(runs: Path) -> None:
    ended = rewarm(runs, "diff", "a", "b", "--json")
    assert ended.returncode == 0, ended.stderr
    steps = {step["step"]: step for step in json.loads(ended.stdout)["steps"]}
    assert steps["collect"]["same"] and not steps["collect"]["sources"]
    select = steps["select"]
    assert select["settings"] == {"select.min_chars": [20, 150]}
    law = next(row for row in select["sources"] if row["source"] == "law")
    assert law["only_a"] > 20 and law["only_b"] == law["edited"] == 0
    (why,) = select["reasons"]
    assert (why["change"], why["reason"]) == ("only_a", "drop rules.min_chars")
    assert why["documents"] == sum(row["only_a"] for row in select["sources"]) and len(why["examples"]) == 3
    assert why["examples"][0]["threshold"] == 150 > why["examples"][0]["score"]
    last = {row["reason"]: row for row in steps["decontaminate"]["reasons"]}
    assert last["drop benchmark"]["examples"][0]["match"].startswith("exam/seven: Item 7:")
    assert last["not there before this step"]["documents"] == why["documents"]
    said = rewarm(runs, "diff", "a", "b", "--step", "select").stdout
    assert "select.min_chars: 20 → 150" in said and "kept in A only" in said and "dedupe" not in said


def test_diff_of_step_directories_and_of_equal_runs(runs: Path) -> None:
    folders = [next((runs / run / "steps").glob("select-*")) for run in "ab"]
    one = json.loads(rewarm(runs, "diff", *folders, "--json").stdout)
    two = json.loads(rewarm(runs, "diff", "a", "b", "--step", "select", "--json").stdout)
    assert one["steps"] == two["steps"]
    assert all(step["same"] for step in json.loads(rewarm(runs, "diff", "a", "a", "--json").stdout)["steps"])
    assert "'train' is not in both" in rewarm(runs, "diff", "a", "b", "--step", "train").stderr
    assert "is not a run" in rewarm(runs, "diff", "a", "law").stderr


def test_diff_shows_other_edits(world: Path) -> None:
    line = json.dumps({"text": "请拨打电话13812345678联系张伟。" + document("law", 1)})
    with (world / "law/0.jsonl").open("a") as file:
        file.write(line + "\n")
    _data(world, "a", redact={"enabled": True})
    _data(world, "b", redact={"enabled": False})
    said = rewarm(world, "diff", "a", "b", "--step", "redact", "--examples", "99", "--json").stdout
    (why,) = json.loads(said)["steps"][0]["reasons"]
    assert why["change"] == "edited"
    (shown,) = (row for row in why["examples"] if "13812345678" in row["other"])
    assert (
        "13812345678" not in shown["excerpt"] and shown["excerpt"][:5] == shown["other"][:5] == "请拨打电话"
    )


def test_the_funnel_reconciles_and_shows_examples(runs: Path) -> None:
    ended = rewarm(runs, "funnel", "b", "--examples", "2", "--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    steps = {step["step"]: {row["source"]: row for row in step["sources"]} for step in found["steps"]}
    assert list(steps) == [
        "collect",
        "redact",
        "route",
        "synthesize",
        "clean",
        "select",
        "phrases",
        "dedupe",
        "trim",
        "decontaminate",
    ]
    for before, after in zip(list(steps), list(steps)[1:], strict=False):
        assert {name: row["kept"] for name, row in steps[before].items()} == {
            name: row["in"] for name, row in steps[after].items()
        }
    law = steps["select"]["law"]
    assert law["in"] == 450 and law["dropped"] == law["reasons"]["drop"]["rules.min_chars"] > 20
    assert steps["decontaminate"]["api"]["dropped"] == 1
    short = next(item for item in found["reasons"] if item["reason"] == "rules.min_chars")
    assert len(short["examples"]) == 2 and short["total"] > 2
    assert "rules.min_chars" in rewarm(runs, "funnel", "b").stdout


def test_a_funnel_that_does_not_reconcile_names_step_and_source(runs: Path) -> None:
    shutil.copytree(runs / "b", runs / "c", symlinks=True)
    ledger = next((runs / "c/steps").glob("select-*/ledger/00000.parquet"))
    rows = pq.read_table(ledger)
    assert len(rows)
    pq.write_table(rows.slice(1), ledger)
    ended = rewarm(runs, "funnel", "c")
    assert ended.returncode == 1
    assert "step select, source" in ended.stderr and "do not reconcile" in ended.stderr
