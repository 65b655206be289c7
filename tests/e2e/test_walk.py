"""The whole way as a user goes it: run, run again, change something, ask why."""

import json
from pathlib import Path

import numpy as np
import planted
import pyarrow.parquet as pq
import pytest
import yaml
from command_line import document, rewarm, write_recipe

from rewarm.corpus.tables.catalogue import LEDGER
from rewarm.pipeline.step_list import STEPS


def _run(world: Path, *more: str) -> dict:
    ended = rewarm(world, "run", "recipe.yaml", "--json", *more)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_whole_way(world: Path) -> None:
    first = _run(world)
    assert {step["state"] for step in first["steps"]} == {"ran"}
    run = world / "runs/small"
    assert (run / "report/index.html").stat().st_size > 10_000
    assert (run / "model/model.safetensors").is_file() and "law" in (run / "model/README.md").read_text()

    again = rewarm(world, "run", "recipe.yaml")
    assert again.returncode == 0 and "nothing to do: all 21 steps" in again.stdout

    steps = json.loads((run / "run.json").read_text())["steps"]
    metrics = run / "steps" / steps["train"] / "metrics"
    log, leaves = pq.read_table(metrics / "updates.parquet"), pq.read_table(metrics / "leaves.parquet")
    assert set(log["stage"].to_pylist()) == {"adapt", "anneal"}
    for row in log.to_pylist():
        of_update = leaves.filter(np.asarray(leaves["update"]) == row["update"])
        nats, tokens = (float(np.asarray(of_update[name]).sum()) for name in ("nats", "tokens"))
        assert tokens == row["tokens"] and abs(nats / tokens - row["loss"]) < 1e-5

    table = pq.read_table(run / "steps" / steps["evaluate"] / "documents.parquet")
    tokenized = json.loads((run / "steps" / steps["tokenize"] / "_manifest.json").read_text())["counts"]
    assert tokenized["bytes"] == tokenized["token_bytes"]
    assert len(table) == 16
    trained = set(planted.trained_on(run / "steps" / steps["pack"]))
    assert not trained & set(table["id"].to_pylist())
    check_tables(run, steps)


def check_tables(run: Path, steps: dict[str, str]) -> None:
    """Every file belongs to a table that its step declares, every verdict is one that it may give."""
    for linked in (one for one in STEPS if one.step.name in steps):
        folder = run / "steps" / steps[linked.step.name]
        files = json.loads((folder / "_manifest.json").read_text())["files"]
        assert [file for file in files if not any(table.has(file) for table in linked.step.writes)] == []
        verdicts: set[str] = set()
        for table in linked.step.writes:
            if table.name == LEDGER.name:
                for shard in (folder / table.path).glob("*.parquet"):
                    verdicts |= set(pq.read_table(shard, columns=["verdict"])["verdict"].to_pylist())
        assert verdicts <= set(linked.step.verdicts), linked.step.name


def rewarm_json(world: Path, *arguments: object) -> str:
    return rewarm(world, *arguments, "--json").stdout


@pytest.mark.slow
def test_explain_leads_from_a_step_to_a_document_and_back(world: Path) -> None:
    _run(world)
    found = json.loads(rewarm_json(world, "explain", "runs/small", "--update", 2))
    part = found["documents"][0]
    life = json.loads(rewarm_json(world, "explain", "runs/small", part["id"][:12]))
    assert life["id"] == part["id"] and life["text"] in {
        document(kind, number) for kind in ("law", "api") for number in range(450)
    }
    assert any(use["update"] == 2 and use["tokens"] == part["tokens"] for use in life["trained"])
    said = rewarm(world, "explain", "runs/small", part["id"]).stdout
    assert "trained   update 2 (adapt)" in said
    assert "has no update 999" in rewarm(world, "explain", "runs/small", "--update", "999").stderr
    renamed = rewarm(world, "explain", "runs/small", "--step", "2")
    assert renamed.returncode == 2 and "--step was renamed to --update" in renamed.stderr


@pytest.mark.slow
def test_dry_run_names_what_changed_and_only_that_runs(world: Path) -> None:
    _run(world)
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe["select"] = {"max_url_ratio": 0.1}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    said = rewarm(world, "run", "recipe.yaml", "--dry-run").stdout
    assert "config changed: select.max_url_ratio (0.5 → 0.1)" in said
    states = {step["step"]: step["state"] for step in _run(world)["steps"]}
    # The stricter rule drops nothing here: the same content comes out, and nothing behind it runs.
    assert [step for step, state in states.items() if state == "ran"] == ["select"]
    recipe["stages"][0]["tokens"] = 2000
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    states = {step["step"]: step["state"] for step in _run(world)["steps"]}
    assert states["tokenize"] == states["baseline"] == "done" and states["train"] == "ran"
    # A part that is asked for forgets nothing of the rest.
    rewarm(world, "run", "recipe.yaml", "--until", "dedupe")
    assert (world / "runs/small/model").is_dir() and "train" in (world / "runs/small/run.json").read_text()
    removed = rewarm(world, "prune", "runs/small").stdout
    assert (world / "runs/small/model").is_dir()
    assert "train-" in removed
    assert {step["state"] for step in _run(world)["steps"]} == {"done"}


@pytest.mark.slow
def test_variants_share_what_they_have_in_common(world: Path) -> None:
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    del recipe["stages"][1]
    # What a variant forgets is not asked here.
    recipe["evaluate"] = {"most_forgetting": 1}
    recipe["variants"] = {"without": {"stages": [{"name": "adapt", "mix": {"law": 1.0}}]}, "with": {}}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    steps = _run(world)["steps"]
    ran = [(step["variant"], step["step"]) for step in steps if step["state"] == "ran"]
    assert ("without", "baseline") in ran and ("with", "baseline") not in ran and ("with", "train") in ran
    page = (world / "runs/small/report/index.html").read_text()
    assert "without" in page and (world / "runs/small/variants/with/report/index.html").is_file()


def test_a_run_in_its_sources_own_folder_does_not_read_itself(world: Path, model: Path) -> None:
    """As after `rewarm init . --domain .` in the folder of the texts."""
    stages = [{"name": "adapt", "tokens": 1000, "mix": {"all": 1}}]
    files = ["law/**", "api/**", "runs/**"]  # the caches of these tests lie here, too
    source = {"name": "all", "path": ".", "files": files, "labels": {"task": "domain"}}
    write_recipe(world, model, sources=[source], stages=stages)
    for state in ("ran", "done"):
        steps = _run(world, "--until", "holdout")["steps"]
        assert {step["state"] for step in steps} == {state}
        assert steps[0]["counts"]["documents"] == 900
