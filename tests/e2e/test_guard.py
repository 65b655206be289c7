"""Planted faults in a small run: each is found in its own update, and leaves no trace in the weights."""

import json
import shutil
from pathlib import Path

import numpy as np
import planted
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from command_line import document, rewarm, write_recipe
from transformers import AutoTokenizer

pytestmark = pytest.mark.slow


BATCH = 512
RUSSIAN = "Вода кипит в горах при более низкой температуре, и яйцо варится там дольше, чем у моря."
REPEATED, RANDOM, FOREIGN, HUGE, NOT_A_NUMBER, MISLABELLED = 44, 47, 52, 58, 64, 70
IN_DATA = (REPEATED, RANDOM, FOREIGN, MISLABELLED)


@pytest.fixture
def faulty(world: Path, model: Path) -> tuple[Path, dict[int, tuple[int, int, str]]]:
    """A run up to packing with planted documents, and where they are."""
    write_recipe(
        world, model,
        pack={"seq_len": 128, "window": 100},
        train={"batch_tokens": BATCH, "precision": "fp32", "micro_batch": 2, "checkpoint_updates": 10},
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
    from rewarm.inspect import incidents
    from rewarm.runs.run import Run

    actions = [row["action"] for row in incidents.incidents(Run(root))]
    assert actions[:4] == ["skipped"] * 4
    assert any(action.startswith("went back to update 20") for action in actions)
    assert not (root / "model").exists()


def test_a_run_that_stops_for_what_it_forgets_says_so_again_and_another_goes_on(
    world: Path, model: Path
) -> None:
    stage = {"name": "adapt", "tokens": 6000, "mix": {"law": 1.0}, "schedule": {"peak": 0.05, "warmup": 0}}
    train = {"batch_tokens": 256, "precision": "fp32", "checkpoint_updates": 100}
    forgetting = {"every": 2, "documents": 4, "tolerance": 0, "on_breach": "stop"}
    write_recipe(world, model, train=train, stages=[stage], forgetting=forgetting, guard={"enabled": False})
    first = rewarm(world, "run", "recipe.yaml")
    assert first.returncode == 1 and "bits/byte against the base, tolerance 0" in first.stderr
    again = rewarm(world, "run", "recipe.yaml")
    said = [line for line in first.stderr.split("\n") if line.startswith("train: after update")]
    assert again.returncode == 1 and said and said[0] in again.stderr
    assert not list((world / "runs/small").glob("steps/train-*/model"))
    place = said[0].split("start: {run: ")[1].split(", update: ")
    start = {"run": place[0], "update": int(place[1].split("}")[0])}
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe |= {"name": "more", "start": start, "forgetting": {**forgetting, "on_breach": "warn"}}
    (world / "more.yaml").write_text(yaml.safe_dump(recipe))
    ended = rewarm(world, "run", "more.yaml")
    assert ended.returncode in (0, 4), ended.stderr  # at this rate it may end worse than its base


def test_the_forgetting_guard_looks_early_and_its_answers_take_effect(
    world: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rewarm.inspect import incidents
    from rewarm.runs.run import Run
    from rewarm.train.guard.forgetting_guard import Change, ForgettingGuard

    root = world / "run"
    api, law = 1, 0
    found = [Change("api", api, 4, 1.0, 1.1, domain=False), Change("law", law, 4, 1.0, 1.5, domain=True)]
    monkeypatch.setattr(ForgettingGuard, "measure", lambda self, lm: found)

    def run(**forgetting: object) -> tuple[pa.Table, dict[int, np.ndarray], list[dict]]:
        write_recipe(
            world, model,
            train={"batch_tokens": 128, "precision": "fp32", "micro_batch": 2, "weight_decay": 0},
            stages=[{
                "name": "adapt", "tokens": 38 * 128, "mix": {"law": 0.5, "api": 0.5},
                "schedule": {"peak": 1e-4, "shape": "constant", "warmup": 0},
            }],
            forgetting={"every": 20, **forgetting},
        )  # fmt: skip
        planted.run(world, root, until="train")
        folder = Run(root).steps["train"].path
        assert folder is not None
        table = pq.read_table(folder / "metrics/leaves.parquet").to_pylist()
        sums = {row["update"]: np.zeros((2, 2)) for row in table}
        for row in table:
            sums[row["update"]][row["leaf"]] += (row["nats"], row["tokens"])
        evaluated = pq.read_table(folder / "metrics/retained.parquet")["update"].to_pylist()
        assert sorted(set(evaluated)) == [8, 20, 32]
        return pq.read_table(folder / "metrics/updates.parquet"), sums, incidents.incidents(Run(root))

    updates, _, met = run(on_breach="lower_rate", rate_cut=0.5)
    cuts = np.searchsorted([8, 20, 32], np.arange(len(updates)), side="right")
    assert updates["rate"].to_pylist() == pytest.approx(1e-4 * 0.5**cuts)
    assert [(row["update"], row["action"]) for row in met] == [
        (update, action) for update in (8, 20, 32) for action in ("domain: warn", "forgetting: lower_rate")
    ]
    assert "law +0.500" in met[0]["verdict"] and "api +0.100" in met[1]["verdict"]

    updates, sums, met = run(on_breach="raise_replay", replay_factor=3, most_replay=4)
    weights = np.array([1, 3, 4, 4])[np.searchsorted([8, 20, 32], np.arange(len(updates)), side="right")]
    assert updates["rate"].to_pylist() == pytest.approx([1e-4] * len(updates))
    for update, (loss, weight) in enumerate(zip(updates["loss"].to_pylist(), weights.tolist(), strict=True)):
        factors = np.array([1.0, weight])
        nats, tokens = factors @ sums[update]
        assert loss == pytest.approx(nats / tokens, rel=1e-5), update
    assert met[-1]["action"] == "forgetting: raise_replay is at its most"


def test_a_rate_far_too_high_is_answered_at_once_and_never_passes_for_a_gain(
    world: Path, model: Path
) -> None:
    from rewarm.inspect import incidents
    from rewarm.runs.run import Run

    stage = {"name": "adapt", "tokens": 3000, "mix": {"law": 0.5, "api": 0.5}}
    settings = {
        "train": {"batch_tokens": 128, "precision": "fp32", "micro_batch": 2},
        "stages": [{**stage, "schedule": {"peak": 30.0, "warmup": 0}}],
        "forgetting": {"every": 0},
    }
    write_recipe(world, model, **settings)
    watched = rewarm(world, "run", "recipe.yaml")
    assert watched.returncode == 1, watched.stderr
    assert "after 3 roll-backs; 3 of them lowered the learning rate, from 30 to 3.8" in watched.stderr
    assert "set schedule.peak of stage adapt to 0.0005 or less" in watched.stderr
    met = incidents.incidents(Run(world / "runs/small"))
    assert (
        met[0]["update"] <= 3
        and "went back to update 0, rate x 0.125" in met[-2]["action"] + met[-1]["action"]
    )
    assert not (world / "runs/small/model").exists()

    write_recipe(world, model, **settings, guard={"enabled": False})
    for as_json in (False, True):
        ended = rewarm(world, "run", "recipe.yaml", *(["--json"] if as_json else []))
        assert ended.returncode == 4, ended.stderr
        if as_json:
            (result,) = json.loads(ended.stdout)["results"]
            assert [item["task"] for item in result["worse"]] == ["domain", "general"]
        else:
            _, *result = ended.stdout[: ended.stdout.index("\nmodel ")].split("\n\n")
            assert result[0].startswith("WORSE THAN THE BASE  The domain got worse: +")
            assert "learnt" not in ended.stdout and "beyond the general gain: nothing" in ended.stdout
    page = (world / "runs/small/report/index.html").read_text()
    assert page.index("This model is worse than its base.") < page.index("The model got worse on the domain")
    assert "improved" not in page and "learnt the domain" not in page
    assert "**This model is worse than its base.**" in (world / "runs/small/model/README.md").read_text()
