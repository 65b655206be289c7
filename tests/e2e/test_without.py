"""A run again without a source: what is reused, what is compared, and the command that `attribute` names."""

import json
import shlex
from pathlib import Path

import pytest
from command_line import document, rewarm, write_recipe

pytestmark = pytest.mark.slow

SOURCES = [
    {"name": "law", "path": "law", "labels": {"language": "zh", "task": "domain"}},
    {"name": "api", "path": "api", "labels": {"language": "en", "task": "general"}},
    {"name": "web", "path": "web.jsonl", "labels": {"language": "en", "task": "web"}},
]
STAGES = [
    {"name": "adapt", "tokens": 3000, "mix": {"law": 0.5, "language=en": 0.5}, "schedule": {"peak": 1e-3}},
    {"name": "anneal", "tokens": 1000, "mix": {"law": 0.4, "api": 0.2, "web": 0.4}},
]


def test_a_run_without_a_source_reuses_steps_and_says_what_changed(world: Path, model: Path) -> None:
    rows = [json.dumps({"text": document("api", 9000 + number)}) for number in range(200)]
    (world / "web.jsonl").write_text("\n".join(rows) + "\n")
    write_recipe(world, model, sources=SOURCES, stages=STAGES)
    alone = rewarm(world, "run", "recipe.yaml", "--without", "web", "--dry-run")
    assert alone.returncode == 0, alone.stderr
    first = rewarm(world, "run", "recipe.yaml")
    assert first.returncode in (0, 4), first.stderr

    found = json.loads(
        rewarm(world, "attribute", "runs/small", "--text", document("api", 9001), "--json").stdout
    )
    assert found["sources"][0]["source"] == "web"
    assert found["next"] == "rewarm run recipe.yaml --without web"
    again = rewarm(world, *shlex.split(found["next"])[1:], "--json")
    assert again.returncode in (0, 4), again.stderr
    result = json.loads(again.stdout)
    states = {step["step"]: step["state"] for step in result["steps"]}
    repeated = [step for step, state in states.items() if state == "ran"]
    assert repeated == ["mix", "order", "pack", "train", "evaluate", "export"]
    assert (world / "runs/small/variants/without-web/model").exists()
    assert json.loads((world / "runs/small/run.json").read_text())["variant"] == ""

    removal = result["without"]
    assert removal["sources"] == ["web"]
    (law, api, web) = (removal["tokens"][name] for name in ("law", "api", "web"))
    assert web[0] > 0 and web[1] == 0 and api[1] > api[0] and law[1] > law[0]
    covered = {(one["axis"], one["value"]): one for one in removal["covered"]}
    assert covered["task", "web"]["share"] == 1 and covered["task", "web"]["now"] == {}
    assert 0 < covered["language", "en"]["share"] < 1 and covered["language", "en"]["now"] == {"api": 1}
    changes = {(one["axis"], one["value"]): one for one in removal["channels"]}
    assert changes["source", "web"]["change"] == pytest.approx(
        changes["source", "web"]["without"] - changes["source", "web"]["with"]
    )
    shown = rewarm(world, *shlex.split(found["next"])[1:])
    assert "nothing to do" in shown.stdout
    assert "task=web: web had 100.0 %; now no source covers it" in shown.stdout
    assert "language=en: web had" in shown.stdout and "; now api 100.0 %" in shown.stdout

    wrong = rewarm(world, "run", "recipe.yaml", "--without", "webb")
    assert wrong.returncode == 1 and "Did you mean web?" in wrong.stderr
    further = json.loads(
        rewarm(
            world, "attribute", "runs/small/variants/without-web", "--text", document("api", 1), "--json"
        ).stdout
    )
    assert further["next"] == "rewarm run recipe.yaml --without web --without api"
    assert "up to date" in rewarm(world, "run", "recipe.yaml").stdout
