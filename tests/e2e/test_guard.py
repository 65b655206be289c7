"""Planted faults in a small run: each is found in its own update, and leaves no trace in the weights."""

import shutil
from pathlib import Path

import numpy as np
import planted
import pytest
import yaml
from command_line import document, rewarm, write_recipe
from transformers import AutoTokenizer

BATCH = 512
RUSSIAN = "Вода кипит в горах при более низкой температуре, и яйцо варится там дольше, чем у моря."
REPEATED, RANDOM, FOREIGN, HUGE, NOT_A_NUMBER, MISLABELLED = 44, 46, 52, 58, 64, 70
IN_DATA = (REPEATED, RANDOM, FOREIGN, MISLABELLED)


@pytest.fixture
def faulty(world: Path, model: Path) -> tuple[Path, dict[int, tuple[int, int, str]]]:
    """A run up to packing with planted documents, and where they are."""
    write_recipe(
        world, model,
        pack={"seq_len": 128, "window": 100},
        train={"batch_tokens": BATCH, "precision": "fp32", "micro_batch": 2, "checkpoint_steps": 10},
        stages=[{
            "name": "adapt", "tokens": 38_000, "mix": {"law": 0.5, "api": 0.5},
            "schedule": {"peak": 1e-3, "warmup": 0.1},
        }],
    )  # fmt: skip
    root = world / "run"
    planted.run(world, root, until="baseline")
    rng = np.random.default_rng(0)
    tokenizer = AutoTokenizer.from_pretrained(model)
    foreign, english = (np.array(tokenizer(text)["input_ids"]) for text in (RUSSIAN, document("api", 10_000)))
    changes = {
        REPEATED: (1, lambda tokens: tokens[:1]),
        RANDOM: (0, lambda tokens: rng.integers(0, 500, len(tokens))),
        FOREIGN: (1, lambda tokens: foreign),
        MISLABELLED: (0, lambda tokens: english),
    }
    places = {}
    for update, (leaf, change) in changes.items():
        places[update] = planted.long_segment(root, update, BATCH, leaf=leaf, least=70)
        number, segment, _ = places[update]
        planted.plant(
            root, number, segment, lambda tokens, change=change: np.resize(change(tokens), len(tokens))
        )
    return root, places


def test_each_fault_is_found_named_and_leaves_no_trace(
    world: Path, faulty: tuple[Path, dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, places = faulty
    clean = world / "clean"
    shutil.copytree(root, clean, symlinks=True)
    with monkeypatch.context() as patch:
        planted.break_gradients(patch, {HUGE: -1e6, NOT_A_NUMBER: float("nan")}, passes=2)
        planted.run(world, root)
    met = planted.met(root)
    assert sorted(met) == sorted([*IN_DATA, HUGE, NOT_A_NUMBER])
    for update in IN_DATA:
        assert met[update]["verdict"] == "data" and met[update]["action"] == "quarantined"
        assert [part["id"] for part in met[update]["documents"]] == [places[update][2]]
        assert met[update]["documents"][0]["excerpt"]
    for update in (HUGE, NOT_A_NUMBER):
        assert met[update]["verdict"] == "chance or hardware" and met[update]["documents"] == []
    assert {alarm["kind"] for alarm in met[HUGE]["alarms"]} == {"grad_norm"}
    assert "repeat" in {alarm["kind"] for alarm in met[REPEATED]["alarms"]}
    assert "words" in {alarm["kind"] for alarm in met[MISLABELLED]["alarms"]}
    with monkeypatch.context() as patch:
        planted.known_from_the_start(patch, {places[update][0] for update in IN_DATA})
        planted.run(world, clean)
    assert planted.met(clean) == {}
    assert planted.digest(clean) == planted.digest(root)
    said = rewarm(world, "incidents", root)
    assert said.returncode == 0 and places[RANDOM][2] in said.stdout and "quarantined" in said.stdout


def test_a_state_that_does_not_recover_goes_back_and_then_stops(
    world: Path, faulty: tuple[Path, dict], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From update 40 on every gradient is huge: skipped, rolled back with half the rate, stopped."""
    root, _ = faulty
    from rewarm.errors import RewarmError
    from rewarm.train.gradient import Gradients

    plain = Gradients.of
    began = [0]

    def huge(self: Gradients, blocks: object, numbers: object, weights: np.ndarray) -> object:
        from dataclasses import replace

        evidence = plain(self, blocks, numbers, weights)
        began[0] += 1
        return replace(evidence, norm=evidence.norm * 1e6) if began[0] > 40 else evidence

    monkeypatch.setattr(Gradients, "of", huge)
    with pytest.raises(RewarmError, match=r"in a row are beyond the usual, after 3 roll-backs"):
        planted.run(world, root)
    from rewarm import explain

    actions = [row["action"] for row in explain.incidents(root)]
    assert actions[:4] == ["skipped"] * 4
    assert any(action.startswith("went back to update 20") for action in actions)
    assert not (root / "model").exists()


@pytest.mark.slow
def test_a_run_that_stops_for_what_it_forgets_says_so_again_and_another_goes_on(
    world: Path, model: Path
) -> None:
    stage = {"name": "adapt", "tokens": 6000, "mix": {"law": 1.0}, "schedule": {"peak": 0.05, "warmup": 0}}
    train = {"batch_tokens": 256, "precision": "fp32", "checkpoint_steps": 100}
    forgetting = {"every": 2, "documents": 4, "tolerance": 0, "on_breach": "stop"}
    write_recipe(world, model, train=train, stages=[stage], forgetting=forgetting, guard={"enabled": False})
    first = rewarm(world, "run", "recipe.yaml")
    assert first.returncode == 1 and "bits/byte against the base, tolerance 0" in first.stderr
    again = rewarm(world, "run", "recipe.yaml")
    said = [line for line in first.stderr.split("\n") if line.startswith("train: after update")]
    assert again.returncode == 1 and said and said[0] in again.stderr
    assert not list((world / "runs/small").glob("steps/train-*/model"))
    place = said[0].split("start: {run: ")[1].split(", step: ")
    start = {"run": place[0], "step": int(place[1].split("}")[0])}
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe |= {"name": "more", "start": start, "forgetting": {**forgetting, "on_breach": "warn"}}
    (world / "more.yaml").write_text(yaml.safe_dump(recipe))
    ended = rewarm(world, "run", "more.yaml")
    assert ended.returncode == 0, ended.stderr
