"""Held-out loss is the model's own, for any batch, and long documents are read in windows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from rewarm.corpus.tables.heldout import SCHEMA
from rewarm.engine.work import Work
from rewarm.evaluate import heldout_loss
from rewarm.model import causal_lm

CONFIG = {"seq_len": 64, "precision": "fp32", "device": "cpu", "loss_chunk": 16, "attention": "auto"}


@pytest.fixture
def documents(tmp_path: Path) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    found = [rng.integers(0, 500, size).astype(np.uint32) for size in (1, 2, 40, 64, 65, 200)]
    folder = tmp_path / "tokenize/heldout"
    folder.mkdir(parents=True)
    rows = {
        "id": [f"d{number}" for number in range(len(found))],
        "source": ["s"] * len(found),
        "tokens": found,
        "masked": [[] for _ in found],
    }
    with pa.ipc.new_file(str(folder / "00000.arrow"), SCHEMA) as writer:
        writer.write_table(pa.table(rows, schema=SCHEMA))
    np.save(folder.parent / "token_bytes.npy", np.full(512, 3, dtype=np.uint16))
    return found


@pytest.mark.parametrize("most", [None, 50, 100])
def test_each_document_has_the_models_own_loss(
    tmp_path: Path, model: Path, documents: list, most: int | None
) -> None:
    (tmp_path / "out").mkdir()
    tokenized = tmp_path / "tokenize"
    tables = {"heldout": tokenized / "heldout", "token_bytes": tokenized / "token_bytes.npy", "model": model}
    work = Work("baseline", tmp_path / "out", {**CONFIG, **({"document_tokens": most} if most else {})})
    heldout_loss.run(replace(work, tables={name: [path] for name, path in tables.items()}))
    rows = pq.read_table(tmp_path / "out/documents.parquet").to_pylist()
    network = causal_lm.load(model, torch.device("cpu")).eval()
    for row, whole in zip(rows, documents, strict=True):
        tokens = whole[:most]
        nats, count = 0.0, 0
        for start in range(0, len(tokens), 64):
            part = torch.tensor(tokens[start : start + 64].astype(np.int64))[None]
            if part.shape[1] > 1:
                with torch.no_grad():
                    nats += network(part, labels=part).loss.item() * (part.shape[1] - 1)
                count += part.shape[1] - 1
        assert row["tokens"] == count and row["bytes"] == 3 * count
        assert row["nats"] == pytest.approx(nats, rel=1e-4, abs=1e-6)
