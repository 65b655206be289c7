"""Benchmark items in the documents of a run: found whatever became of them, with what became of them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import document, rewarm

from rewarm.errors import RewarmError
from rewarm.evaluate.leaks.provenance import Provenance, provenance
from rewarm.evaluate.tasks.item import Item
from rewarm.runs.run import Run

pytestmark = pytest.mark.slow


ITEMS = [Item(str(number), document("law", number)[:80], answers=("any",)) for number in range(40)]
ABSENT = [
    Item("absent", document("law", 9999)[:80], answers=("any",)),
    Item("short", "为何？", answers=("x",)),
]


def searched(world: Path, until: str, name: str, **decontaminate: Any) -> Provenance:
    """The provenance of the items in a run up to a step."""
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe["decontaminate"] = decontaminate
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    ended = rewarm(world, "run", "recipe.yaml", "--until", until, "--run-dir", f"runs/{name}")
    assert ended.returncode == 0, ended.stderr
    return provenance(Run(world / "runs" / name), {"exam": [*ITEMS, *ABSENT]})


def test_items_are_found_with_what_became_of_their_documents(shared_world: Path) -> None:
    found = searched(shared_world, "pack", "plain")
    assert found.items == 42 and found.compared == 41 and found.documents == 900
    assert {row.item for row in found.found} == {str(number) for number in range(40)}
    run = Run(shared_world / "runs/plain")
    for row in found.found:
        history = run.explain(row.document)
        assert history.text.startswith(row.passage[:20]) and row.task == "exam" and row.source == "law"
        updates = {use.update for use in history.trained}
        assert row.fate == ("held out" if history.heldout else "trained" if updates else "not chosen")
        assert row.detail == (f"{len(updates)} updates" if updates else "")
    assert found.fates["trained"] and found.fates["not chosen"] and sum(found.fates.values()) == 40
    assert found.found[0].fate == "trained"


def test_dropped_and_masked_items_are_named_as_such(shared_world: Path) -> None:
    lines = [json.dumps({"id": item.id, "question": item.question}, ensure_ascii=False) for item in ITEMS]
    (shared_world / "exam.jsonl").write_text("\n".join(lines))
    exam = [{"name": "exam", "path": "exam.jsonl", "id": "id"}]
    found = searched(shared_world, "pack", "dropped", benchmarks=exam)
    assert set(found.fates) == {"dropped", "held out"}
    assert {row.detail for row in found.found if row.fate == "dropped"} == {"decontaminate: benchmark"}
    found = searched(shared_world, "pack", "masked", benchmarks=exam, drop_share=1)
    assert set(found.fates) == {"masked", "held out"}


def test_a_run_without_training_has_no_trained_items(shared_world: Path) -> None:
    found = searched(shared_world, "collect", "begun")
    assert set(found.fates) == {"not trained yet"} and len(found.found) == 40


def test_a_run_without_documents_is_named(tmp_path: Path, shared_world: Path) -> None:
    searched(shared_world, "collect", "empty")
    record = json.loads((shared_world / "runs/empty/run.json").read_text())
    (shared_world / "runs/empty/run.json").write_text(json.dumps({**record, "steps": {}}))
    with pytest.raises(RewarmError, match="has no documents yet"):
        provenance(Run(shared_world / "runs/empty"), {"exam": ITEMS})
