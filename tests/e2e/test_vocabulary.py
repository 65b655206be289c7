"""A vocabulary extended on the way: tokens, training, evaluation at equal bytes, export."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from command_line import rewarm, write_recipe
from transformers import AutoModelForCausalLM, AutoTokenizer

pytestmark = pytest.mark.slow


EXTENSION = {"documents": ["language=zh"], "tokens": 100, "min_count": 2}


def test_an_extended_vocabulary_is_trained_evaluated_and_exported(world: Path, model: Path) -> None:
    write_recipe(world, model, vocabulary=EXTENSION, train={"batch_tokens": 256, "precision": "fp32",
                 "keep_last": True})  # fmt: skip
    ended = rewarm(world, "run", "recipe.yaml", "--json")
    assert ended.returncode in (0, 4), ended.stderr
    run = world / "runs/small"
    steps = json.loads((run / "run.json").read_text())["steps"]

    shown = json.loads(rewarm(world, "vocabulary", run, "--json").stdout)
    zh, en = (next(row for row in shown["channels"] if row["channel"] == name) for name in ("zh", "en"))
    assert zh["after"] < 0.95 * zh["before"] and zh["changed"] == zh["documents"]
    assert en["after"] == en["before"] and en["changed"] == 0
    lines = rewarm(world, "vocabulary", run).stdout
    assert "per character" in lines and "equal bytes" in lines

    tokenizer, base = AutoTokenizer.from_pretrained(run / "model"), AutoTokenizer.from_pretrained(model)
    assert len(tokenizer) == len(base) + len(json.loads(
        (run / "steps" / steps["vocabulary"] / "vocabulary.json").read_text())["tokens"])  # fmt: skip
    trained = AutoModelForCausalLM.from_pretrained(run / "model")
    started = AutoModelForCausalLM.from_pretrained(run / "steps" / steps["vocabulary"] / "model")
    rows = [one.get_input_embeddings().weight.detach()[-64:].numpy() for one in (started, trained)]
    assert len(trained.get_input_embeddings().weight) % 64 == 0
    assert (np.abs(rows[1] - rows[0]).max(1) > 0).all()

    sums = [
        pq.read_table(run / "steps" / steps[name] / "documents.parquet") for name in ("original", "evaluate")
    ]
    assert sums[0]["bytes"].equals(sums[1]["bytes"]) and sums[0]["id"].equals(sums[1]["id"])
    channels = json.loads((run / "steps" / steps["evaluate"] / "channels.json").read_text())
    assert channels["same_tokenizer"] is False
    assert all(
        row["before"]["nats"] is None and row["before"]["bits_per_byte"] for row in channels["channels"]
    )
    assert "nats" not in rewarm(world, "run", "recipe.yaml").stdout

    # A run that goes on takes the tokens over; one without `vocabulary` is told what to do.
    later = yaml.safe_load((world / "recipe.yaml").read_text()) | {
        "name": "later",
        "start": {"run": str(run)},
    }
    (world / "later.yaml").write_text(yaml.safe_dump(later))
    assert rewarm(world, "run", "later.yaml", "--until", "train").returncode == 0
    taken = json.loads((world / "runs/later/run.json").read_text())["steps"]["vocabulary"]
    names = ("tokens", "pieces", "first")
    one, two = (json.loads(path.read_text()) for path in (
        run / "steps" / steps["vocabulary"] / "vocabulary.json",
        world / "runs/later/steps" / taken / "vocabulary.json"))  # fmt: skip
    assert [one[name] for name in names] == [two[name] for name in names]
    del later["vocabulary"]
    (world / "later.yaml").write_text(yaml.safe_dump(later))
    refused = rewarm(world, "run", "later.yaml", "--run-dir", "other")
    assert refused.returncode == 1 and "Add `vocabulary`" in refused.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vocabulary": {"documents": ["language=fr"]}}, "no document is language=fr"),
        ({"vocabulary": EXTENSION, "train": {"lora": {"embeddings": False}}}, "would never be trained"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused(
    world: Path, model: Path, changes: dict[str, object], said: str
) -> None:
    write_recipe(world, model, **changes)
    refused = rewarm(world, "run", "recipe.yaml", "--dry-run")
    assert refused.returncode == 1 and said in refused.stderr
