"""What training logs, against a plain reference in double precision.

The reference shares no code with training: every part of a document is a row of its own, whole logits
in float64, one cross entropy a token, torch's AdamW and norm. Tokens and masks come from the table
of `tokenize`, not from the packed sequences.
"""

import json
from pathlib import Path

import numpy as np
import planted
import pyarrow.parquet as pq
import pytest
import torch
from command_line import document, write_recipe
from transformers import AutoModelForCausalLM

from rewarm.corpus.tables import token_table
from rewarm.corpus.tables.blocks import Blocks, updates
from rewarm.corpus.tables.ids import digits
from rewarm.runs.run import Run

BATCH, RATE, UPDATES = 1024, 1e-3, 3
CANNED = "您好，很高兴为您服务，请问有什么可以帮您？"


def write_world(world: Path, model: Path) -> None:
    """Chinese with masked spans, English, and more English under another label: three leaves."""
    rows = [{"text": CANNED + document("law", n), "canned": [[0, len(CANNED)]]} for n in range(100)]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    for path in (world / "law").glob("*.jsonl"):
        path.unlink()
    (world / "law/chats.jsonl").write_text(lines)
    (world / "api/2.jsonl").rename(world / "more.jsonl")
    write_recipe(
        world, model,
        sources=[
            {"name": "law", "path": "law", "mask": "canned", "labels": {"language": "zh", "task": "domain"}},
            {"name": "api", "path": "api", "labels": {"language": "en", "task": "general"}},
            {"name": "more", "path": "more.jsonl", "labels": {"language": "en", "task": "code"}},
        ],
        pack={"seq_len": 256, "window": 100},
        train={
            "batch_tokens": BATCH, "precision": "fp32", "micro_batch": 3, "loss_chunk": 100,
            "weight_decay": 0, "clip": 0.5,
        },
        stages=[{
            "name": "adapt", "tokens": UPDATES * BATCH, "mix": {"law": 0.4, "api": 0.4, "more": 0.2},
            "schedule": {"peak": RATE, "shape": "constant", "warmup": 0},
        }],
        forgetting={"every": 0},
    )  # fmt: skip


def test_losses_sums_and_norms_equal_a_plain_fp64_reference(world: Path, model: Path) -> None:
    write_world(world, model)
    root = world / "run"
    planted.run(world, root, until="train")
    packed, tokenized, trained = (Run(root).steps[name].path for name in ("pack", "tokenize", "train"))
    assert packed and tokenized and trained
    steps = pq.read_table(trained / "metrics/updates.parquet").to_pylist()
    leaves = pq.read_table(trained / "metrics/leaves.parquet").to_pylist()
    sizes = np.load(tokenized / "token_bytes.npy")
    table = token_table.summary(tokenized / "tokens")
    row_of = {name: row for row, name in enumerate(digits(table.ids))}
    tokens = token_table.Tokens(tokenized / "tokens")
    blocks = Blocks(packed, "adapt")
    plain = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float64)
    optimizer = torch.optim.AdamW(plain.parameters(), lr=RATE, betas=(0.9, 0.95), eps=1e-8, weight_decay=0)
    assert len(steps) >= UPDATES
    masked = 0
    seen_leaves: set[int] = set()
    for update in updates(packed, BATCH)[:UPDATES]:
        losses, sums = [], np.zeros((3, 3))
        for number in update.sequences:
            sequence = blocks[number]
            for length, leaf, identity, offset in zip(
                sequence.lengths, sequence.leaves, digits(sequence.documents), sequence.offsets, strict=True
            ):
                row = row_of[identity]
                part = slice(int(offset), int(offset) + int(length))
                text = torch.from_numpy(tokens[row][part].astype(np.int64))
                learnt = tokens.weights(row)[part][1:] > 0
                masked += int((~learnt).sum())
                logits = plain(input_ids=text[None, :-1]).logits[0]
                nats = -torch.log_softmax(logits, dim=1)[torch.arange(len(text) - 1), text[1:]]
                losses.append(nats[torch.from_numpy(learnt)])
                seen = (
                    nats.detach().numpy()[learnt].sum(),
                    learnt.sum(),
                    sizes[text[1:].numpy()][learnt].sum(),
                )
                sums[leaf] += seen
        loss = torch.cat(losses).mean()
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(plain.parameters(), 0.5)
        optimizer.step()
        logged = steps[update.number]
        assert logged["loss"] == pytest.approx(loss.item(), rel=2e-6)
        assert logged["grad_norm"] == pytest.approx(norm.item(), rel=2e-5)
        assert logged["tokens"] == sums[:, 1].sum()
        found = {row["leaf"]: row for row in leaves if row["update"] == update.number}
        assert found.keys() == {leaf for leaf, (_, count, _) in enumerate(sums) if count}
        seen_leaves |= found.keys()
        for leaf in found:
            nats, count, size = sums[leaf]
            assert found[leaf]["nats"] == pytest.approx(nats, rel=2e-6)
            assert (found[leaf]["tokens"], found[leaf]["bytes"]) == (count, size)
    assert masked > 50 and seen_leaves == {0, 1, 2}
