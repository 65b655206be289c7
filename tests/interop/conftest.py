"""A packed run with what other trainers stumble over: long, repeated and cropped documents."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from command_line import document
from shards import identity, write_tokens

from rewarm.corpus.tables import run_record
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.data.pack.step import run as pack
from rewarm.data.tokenize.encoder import Encoder
from rewarm.engine.work import Work

SEQ_LEN = 64


@pytest.fixture(scope="session")
def texts() -> list[str]:
    short = [document(("law", "api")[number % 2], number) for number in range(40)]
    return [*short, " ".join(short[:6]), "".join(short[6:20]), short[0] * 9]


@pytest.fixture(scope="session")
def tokens(texts: list[str], model: Path) -> list[np.ndarray]:
    encoded = Encoder(model, None).encode(texts)
    return np.split(encoded.tokens, encoded.offsets[1:-1])


@pytest.fixture(scope="session")
def used(tokens: list[np.ndarray]) -> dict[str, list[tuple[int, int]]]:
    """Stage → (document, tokens used) in order: documents twice, and two cropped ones."""
    order = np.random.default_rng(1).permutation(len(tokens)).tolist()
    whole = [(row, len(tokens[row])) for row in order]
    cropped = [(40, 2 * SEQ_LEN), (42, 3 * SEQ_LEN + 5)]
    return {"adapt": [*whole, *whole[:7], *cropped, *whole[30:]], "anneal": whole[5:25]}


@pytest.fixture(scope="session")
def run(
    tmp_path_factory: pytest.TempPathFactory,
    model: Path,
    tokens: list[np.ndarray],
    used: dict[str, list[tuple[int, int]]],
) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "small"
    steps = folder / "steps"
    tokenized, mixed, ordered, packed = (steps / f"{name}-0" for name in ("tokenize", "mix", "order", "pack"))
    for path in (mixed, ordered, packed):
        path.mkdir(parents=True)
    write_tokens(tokenized / "tokens", tokens)
    leaves: list[dict[str, Any]] = [
        {"leaf": 0, "source": "law", "labels": {"language": "zh", "task": "domain"}},
        {"leaf": 1, "source": "api", "labels": {"language": "en"}},
    ]
    (mixed / "leaves.json").write_text(json.dumps(leaves))
    np.save(tokenized / "token_bytes.npy", Encoder(model, None).bytes)
    for stage, parts in used.items():
        table = {
            "id": [identity(row) for row, _ in parts],
            "leaf": [row % 2 for row, _ in parts],
            "tokens": [size for _, size in parts],
            "band": [0] * len(parts),
            "group": [-1] * len(parts),
            "path": [-1] * len(parts),
        }
        pq.write_table(pa.table(table), ordered / f"{stage}.parquet")
    config = {
        "stages": [{"name": name, "seq_len": SEQ_LEN} for name in used],
        "seed": 0,
        "pack": {
            "method": "best_fit",
            "split": "boundary",
            "max_padding": 1.0,
            "window": 20,
            "block_tokens": 3000,
        },
    }
    np.save(tokenized / "token_breaks.npy", Encoder(model, None).breaks)
    tables = {
        "plan": [ordered],
        "tokens": [tokenized / "tokens"],
        "token_breaks": [tokenized / "token_breaks.npy"],
    }
    pack(Work("pack", packed, config, tables=tables))
    named = {path.name.split("-")[0]: path.name for path in (tokenized, mixed, ordered, packed)}
    for name, step in named.items():
        (steps / step / "_manifest.json").write_text(json.dumps({"step": name}))
    run_record.write(folder / "run.json", RunRecord(name="small", steps=named))
    (folder / "recipe.yaml").write_text(yaml.safe_dump({"model": str(model)}))
    return folder
