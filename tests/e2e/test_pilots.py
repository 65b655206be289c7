"""`rewarm mix pilot` as a user calls it: train, stop, go on, change a source, confirm."""

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import document, rewarm, write_recipe

pytestmark = pytest.mark.slow
OPTIONS = ("--tokens", "2048", "--rates", "2e-3", "--range", "0.1:0.9", "--tolerate", "5", "--json")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    folder = tmp_path_factory.mktemp("pilots")
    for kind in ("law", "api"):
        rows = [json.dumps({"text": document(kind, number)}, ensure_ascii=False) for number in range(150)]
        (folder / f"{kind}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    sources = [
        {"name": "law", "path": "law.jsonl", "labels": {"language": "zh", "task": "domain"}},
        {"name": "api", "path": "api.jsonl", "labels": {"language": "en", "task": "general"}},
    ]
    stage = {"name": "adapt", "tokens": 20000, "mix": {"law": 0.6, "api": 0.4}}
    write_recipe(folder, model, sources=sources, stages=[stage])
    return folder


def pilot(world: Path, *options: object, code: int = 0) -> dict[str, Any]:
    done = rewarm(world, "mix", "pilot", "recipe.yaml", "--study", "study", *OPTIONS, *options)
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout) if code == 0 else {"stderr": done.stderr}
    return found


def trained(world: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (world / "study/steps").glob("train-*/_manifest.json")}


def test_a_study_from_design_to_confirmation(world: Path) -> None:
    script = rewarm(world, "mix", "pilot", "recipe.yaml", "--study", "study", *OPTIONS, "--slurm").stdout
    assert "#SBATCH --array=0-5" in script and script.count("--variant full-") == 6
    assert "--slurm" not in script.splitlines()[-1]
    (rate,) = pilot(world, "--repeats", "0")["rates"]
    assert rate["losses"]["law"]["noise"] is None
    # The repeated run is a process of its own.
    found = pilot(world, "--parallel", "2", "--confirm")
    assert [log.name[:5] for log in (world / "study/logs").iterdir()] == ["full-"]
    (rate,) = found["rates"]
    assert rate["advice"]["share"] == pytest.approx(0.9, abs=0.3) and set(rate["losses"]) == {"law", "api"}
    assert {one["loss"] for one in found["confirmed"]} == {"law", "api"}
    foreseen = json.loads(next((world / "study/confirmations").iterdir()).read_text())
    for one, before in zip(found["confirmed"], foreseen, strict=True):
        assert (one["forecast"], one["low"], one["high"]) == (before["value"], before["low"], before["high"])
        assert one["measured"] == pytest.approx(one["forecast"], rel=0.1)
    # Nothing is trained twice, and the answer is the same.
    before = trained(world)
    assert len(before) == 7
    again = pilot(world, "--confirm")
    assert again == found and trained(world) == before


def test_merged_models_follow_the_study_and_a_changed_source_trains_only_its_component(world: Path) -> None:
    found = pilot(world, "--level", "merged")
    compared = {row["loss"]: row for row in found["agreement"]}
    assert compared["law"]["mixes"] == 5 and compared["law"]["spearman"] > 0.8
    components = {
        path: path.stat().st_mtime_ns
        for path in (world / "study/components").glob("*/steps/train-*/_manifest.json")
    }
    assert len(components) == 2
    with (world / "law.jsonl").open("a", encoding="utf-8") as out:
        out.write(json.dumps({"text": document("law", 9999)}, ensure_ascii=False) + "\n")
    pilot(world, "--level", "merged")
    later = set((world / "study/components").glob("*/steps/train-*/_manifest.json")) - set(components)
    assert {path.parts[-4] for path in later} == {"law"}
    assert all(path.stat().st_mtime_ns == at for path, at in components.items())


def test_failed_pilots_are_named_and_counted(world: Path) -> None:
    words = pilot(world, "--rates", "0.9", "--repeats", "0", code=1)["stderr"]
    assert "5 of 5 pilots failed, first full-0.100-rate0.9-seed3: train: " in words
    assert "--mixes: 3 is not from 5" in pilot(world, "--mixes", "3", code=1)["stderr"]
