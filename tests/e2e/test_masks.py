"""Mask spans from the input to the loss: what is masked is read and never learnt."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from command_line import document, rewarm, write_recipe
from transformers import AutoTokenizer

from rewarm.corpus.tables.blocks import Blocks

pytestmark = pytest.mark.slow


CANNED = "您好，很高兴为您服务，请问有什么可以帮您？"


def test_canned_replies_carry_no_loss(world: Path, model: Path) -> None:
    for path in (world / "law").glob("*.jsonl"):
        path.unlink()
    rows = [f"{CANNED}\r\n{document('law', number)}{CANNED}" for number in range(200)]
    spans = [[[0, len(CANNED)], [len(text) - len(CANNED), len(text)]] for text in rows]
    lines = [json.dumps({"text": text, "canned": span}) for text, span in zip(rows, spans, strict=True)]
    lines.append(json.dumps({"text": rows[0] + "以及", "canned": [[0, 10_000]]}))
    (world / "law/chats.jsonl").write_text("\n".join(lines))
    sources = [
        {"name": "law", "path": "law", "mask": "canned", "labels": {"language": "zh", "task": "domain"}},
        {"name": "api", "path": "api", "labels": {"language": "en", "task": "general"}},
    ]
    write_recipe(world, model, sources=sources)
    ended = rewarm(world, "run", "recipe.yaml", "--json")
    assert ended.returncode == 0, ended.stderr
    counts = {step["step"]: step["counts"] for step in json.loads(ended.stdout)["steps"]}
    assert counts["collect"]["faults.parse.mask"] == 1
    assert counts["tokenize"]["masked_tokens"] > 200 * 20

    steps = json.loads((world / "runs/small/run.json").read_text())["steps"]
    folder = world / "runs/small/steps"
    blocks = Blocks(folder / steps["pack"], "adapt")
    tokenizer = AutoTokenizer.from_pretrained(model)
    targets = 0
    learnt = []
    for number in range(len(blocks)):
        sequence = blocks[number]
        weights = sequence.weights()
        targets += int(weights.sum())
        learnt += [int(token) for token, weight in zip(sequence.tokens, weights, strict=True) if weight]
    assert "很高兴为您服务" not in tokenizer.decode(learnt)
    log = pq.read_table(folder / steps["train"] / "metrics/updates.parquet").to_pylist()
    assert sum(row["tokens"] for row in log if row["stage"] == "adapt") == targets
    leaves = pq.read_table(folder / steps["train"] / "metrics/leaves.parquet")
    assert np.asarray(leaves["tokens"]).sum() == sum(row["tokens"] for row in log)
