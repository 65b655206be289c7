"""`rewarm merge` on real runs: interpolation, averages, a chat vector, and the front of two seeds."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from command_line import rewarm, write_recipe
from safetensors.torch import load_file, save_file

from rewarm.runs.run import Run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(shared_world: Path, model: Path) -> Path:
    """A folder with a run in two variants, `careful` and `fast`, that kept their checkpoints."""
    shutil.copytree(model, shared_world / "base")
    stage = {"name": "adapt", "tokens": 2000, "mix": {"law": 0.6, "api": 0.4}, "schedule": {"peak": 1e-3}}
    write_recipe(
        shared_world, Path("base"),
        train={"batch_tokens": 256, "micro_batch": 4, "precision": "fp32", "checkpoint_updates": 2,
               "keep_every": 4, "keep_last": True},
        stages=[stage],
        variants={"careful": {"stages": [{"name": "adapt", "schedule": {"peak": 3e-4}}]}, "fast": {}},
    )  # fmt: skip
    done = rewarm(shared_world, "run", "recipe.yaml")
    assert done.returncode in (0, 4), done.stderr
    return shared_world


def run_of(variant: str) -> str:
    return f"runs/small/variants/{variant}"


def result_of(trained: Path, variant: str) -> Path:
    found = Run(trained / run_of(variant)).file("export", "model")
    assert found
    return found


def test_interpolation_of_a_run_and_of_folders(trained: Path) -> None:
    said = rewarm(
        trained, "merge", "interpolate", run_of("fast"), "--weight", 0.5, "--out", "half", "--dry-run"
    )
    assert said.returncode == 0 and "would write  half" in said.stdout and not (trained / "half").exists()
    done = rewarm(trained, "merge", "interpolate", run_of("fast"), "--weight", 0.5, "--out", "half", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [part["weight"] for part in told["parts"]] == [0.5, 0.5]
    result = result_of(trained, "fast")
    found, base, end = (
        load_file(folder / "model.safetensors") for folder in (trained / "half", trained / "base", result)
    )
    for name, tensor in found.items():
        expected = (base[name].double() + end[name].double()) / 2
        assert (tensor.double() - expected).abs().max() < 1e-7 and not tensor.equal(base[name])
    again = rewarm(trained, "merge", "interpolate", "base", str(result), "--weight", 0.5, "--out", "half")
    assert again.returncode == 1 and "half: exists already" in again.stderr


def test_an_average_of_the_last_checkpoints(trained: Path) -> None:
    states = Run(trained / run_of("fast")).states
    assert len(states) >= 2
    arguments = ("merge", "average", run_of("fast"), "--checkpoints", 2, "--out", "averaged")
    done = rewarm(trained, *arguments)
    assert done.returncode == 0, done.stderr
    assert not (trained / "averaged.checkpoints").exists()
    found = load_file(trained / "averaged/model.safetensors")
    end = load_file(result_of(trained, "fast") / "model.safetensors")
    base = load_file(trained / "base/model.safetensors")
    name = "model.layers.0.mlp.up_proj.weight"
    assert 0 < (found[name] - end[name]).norm() < (base[name] - end[name]).norm()
    more = rewarm(trained, "merge", "average", run_of("fast"), "--checkpoints", 99, "--out", "more")
    assert more.returncode == 1 and f"kept {len(states)} checkpoints, and 99 are asked for" in more.stderr
    pair = rewarm(
        trained,
        "merge",
        "average",
        run_of("fast"),
        run_of("careful"),
        "--weight",
        3,
        "--weight",
        1,
        "--out",
        "pair",
        "--json",
    )
    assert pair.returncode == 0, pair.stderr
    assert [part["weight"] for part in json.loads(pair.stdout)["parts"]] == [0.75, 0.25]


def test_a_chat_vector_is_added_and_a_model_of_the_same_training_refused(trained: Path) -> None:
    shutil.copytree(trained / "base", trained / "instruct")
    content = load_file(trained / "base/model.safetensors")
    for name, tensor in content.items():
        content[name] = tensor + 0.001 * torch.randn(tensor.shape, generator=torch.Generator().manual_seed(1))
    save_file(content, trained / "instruct/model.safetensors", {"format": "pt"})
    done = rewarm(trained, "merge", "chat-vector", run_of("fast"), "--instruct", "instruct", "--out", "chat")
    assert done.returncode == 0, done.stderr
    assert json.loads((trained / "chat/merge.json").read_text())["kind"] == "chat vector"
    twin = str(result_of(trained, "careful"))
    wrong = rewarm(trained, "merge", "chat-vector", run_of("fast"), "--instruct", twin, "--out", "wrong")
    assert wrong.returncode == 1 and "in the same direction" in wrong.stderr


def test_the_front_of_two_rates_is_resumed_and_written(trained: Path) -> None:
    arguments = ("merge", "front", run_of("fast"), run_of("careful"), "--weights", "0,0.5", "--out", "front")
    planned = rewarm(trained, *arguments, "--dry-run", "--json")
    assert planned.returncode == 0, planned.stderr
    # The runs have measured base and result themselves.
    assert [row["score"] for row in json.loads(planned.stdout)["points"]] == [[0.5], [0.5]]
    done = rewarm(trained, *arguments, "--write", "best", "--tolerance", 1)
    assert done.returncode == 0, done.stderr
    assert "written  front/front.svg" in done.stdout and "model    best" in done.stdout
    told = json.loads((trained / "front/front.json").read_text())
    fast, careful = told["settings"]
    assert fast.startswith("rate 0.001, replay ") and careful.startswith("rate 0.0003, replay ")
    assert told["documents"] == 16
    by_name = {point["name"]: point for point in told["points"]}
    assert by_name["base"]["gain"]["value"] == 0
    assert by_name[f"{fast}, weight 1"]["gain_ratio"]["value"] == 1
    assert (trained / "best/config.json").exists()
    kept = {path: path.stat().st_mtime_ns for path in (trained / "front/scores").iterdir()}
    assert len(kept) == 2 and not list((trained / "front/models").iterdir())
    again = rewarm(trained, *arguments, "--json")
    assert json.loads(again.stdout)["points"] == told["points"]
    assert {path: path.stat().st_mtime_ns for path in (trained / "front/scores").iterdir()} == kept


def test_the_front_of_two_folders_on_texts(trained: Path) -> None:
    texts = [
        {"text": f"当事人应当按照合同约定履行义务{n}。", "source": "law", "labels": {"task": "domain"}}
        for n in range(6)
    ] + [
        {"text": f"the server stores a backup {n}", "source": "api", "labels": {"task": "general"}}
        for n in range(6)
    ]
    (trained / "texts.jsonl").write_text("\n".join(map(json.dumps, texts)))
    given = ("--base", "base", "--result", str(result_of(trained, "fast")), "--heldout", "texts.jsonl")
    done = rewarm(trained, "merge", "front", *given, "--weights", "0.5", "--out", "pair-front", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {point["weight"] for point in told["points"]} == {0.5, 1.0}
    assert set(told["points"][0]["channels"]) == {"api"}
    wrong = rewarm(trained, "merge", "front", run_of("fast"), *given)
    assert wrong.returncode == 2 and "give either RUNS, or --base" in wrong.stderr
    outside = rewarm(trained, "merge", "front", *given, "--weights", "1.5")
    assert outside.returncode == 1 and "1.5 is not between 0 (the base) and 1" in outside.stderr
