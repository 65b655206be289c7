"""The Python API on a real run: the examples of docs/api.md, the notebook, and what the tables say."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
import yaml

import rewarm

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def law(shared_world: Path) -> Path:
    """A folder with law.yaml and its run, runs/law."""
    recipe = yaml.safe_load((shared_world / "recipe.yaml").read_text())
    (shared_world / "law.yaml").write_text(yaml.safe_dump({**recipe, "name": "law"}, sort_keys=False))
    rewarm.run(shared_world / "law.yaml", run_dir=shared_world / "runs/law")
    return shared_world


@pytest.fixture
def run(law: Path) -> rewarm.Run:
    return rewarm.Run(law / "runs/law")


def test_the_examples_of_the_page_run(law: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(law)
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/api.md").read_text(), re.S)
    assert len(blocks) == 5
    for block in blocks:
        exec(block, names)
    recipe = yaml.safe_load((law / "runs/law/recipe.yaml").read_text())
    assert recipe["evaluate"]["bootstrap"] == 200 and recipe["stages"][1]["best"] == 0.25


def test_the_notebook_runs_in_20_lines(law: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(law)
    notebook = json.loads((ROOT / "examples/read_a_run.ipynb").read_text())
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    assert sum(bool(line.strip()) for cell in cells for line in cell.splitlines()) <= 20
    names: dict[str, object] = {}
    for cell in cells:
        exec(cell, names)


def test_curves_are_the_sums_of_the_log(run: rewarm.Run) -> None:
    updates, curves = run.metrics("updates"), run.curves
    for axis in ("all", "source", "task", "language"):
        rows = curves.filter(pc.equal(curves["axis"], axis))
        for update in updates.to_pylist():
            parts = rows.filter(pc.equal(rows["update"], update["update"]))
            nats, tokens = (pc.sum(parts[name]).as_py() for name in ("nats", "tokens"))
            assert tokens == update["tokens"] and nats / tokens == pytest.approx(update["loss"], abs=1e-5)
            assert set(parts["stage"].to_pylist()) == {update["stage"]}
            assert 0 < update["data_seconds"] < update["seconds"] and update["peak_memory"] > 1e6


def test_documents_account_for_every_document(run: rewarm.Run) -> None:
    documents = run.documents
    assert len(documents) == run.steps["collect"].manifest.counts["documents"]
    dropped = pc.sum(pc.is_valid(documents["dropped_by"])).as_py()
    tokenized = run.steps["tokenize"].manifest.counts
    assert pc.sum(pc.is_valid(documents["tokens"])).as_py() == len(documents) - dropped
    assert pc.sum(documents["tokens"]).as_py() == tokenized["tokens"]
    assert pc.sum(documents["heldout"]).as_py() == 16


def test_an_update_and_a_document_lead_to_each_other(run: rewarm.Run) -> None:
    for number in (0, len(run.plan) - 1):
        found = run.update(number)
        sizes = [run.steps["pack"].json("manifest.json")[found.stage]["seq_len"]]
        assert sum(part.tokens for part in found.documents) <= sizes[0] * len(run.plan[number].sequences)
        part = found.documents[0]
        uses = run.explain(part.id).trained
        assert (number, part.first_token, part.tokens) in [
            (use.update, use.first_token, use.tokens) for use in uses
        ]
    with pytest.raises(rewarm.RewarmError, match=r"has no update 999; its updates are 0 to \d+"):
        run.update(999)
    with pytest.raises(rewarm.RewarmError, match="no document of this run has this id"):
        run.explain("nothing")
    with pytest.raises(rewarm.RewarmError, match="is the start of several ids"):
        run.explain("")


def test_a_recipe_with_variants_is_refused(law: Path) -> None:
    with pytest.raises(rewarm.RewarmError, match=r"has the variants one, and rewarm\.run gives one run"):
        rewarm.run(law / "law.yaml", overrides={"variants.one": {}})


def test_to_pandas(run: rewarm.Run) -> None:
    frame = run.channels.to_pandas()
    assert np.allclose(frame.change_bits, frame.after_bits - frame.before_bits)


def test_importing_rewarm_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import rewarm; print(*sorted(set(sys.modules) - before))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["rewarm"]
