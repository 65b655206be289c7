"""Runs for the board: a training under way with two stages, blocks, an incident and its documents."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import blocks, documents, ids, metrics, run_record
from rewarm.corpus.tables.run_record import RunRecord

HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
BIDI = "safe \u202egnp.exe\u202c end"
DOCUMENT = "0" * 19 + "1"
LEAVES: list[dict[str, Any]] = [
    {"leaf": 0, "source": "statutes", "labels": {"task": "domain", "language": "zh"}},
    {"leaf": 1, "source": "news", "labels": {"task": "general", "language": "zh"}},
    {"leaf": 2, "source": "manuals", "labels": {"task": "general", "language": "en"}},
    {"leaf": 3, "source": "python", "labels": {"task": "code", "language": "code"}},
]
SPIKE = 7


def rows(first: int, last: int, adapt: int, seed: int = 0, leaves: int = len(LEAVES)) -> list[dict[str, Any]]:
    """Updates `first` to before `last` as the training logs them; those before `adapt` are of its stage."""
    found = []
    for update in range(first, last):
        rng = np.random.default_rng([seed, update])
        tokens = rng.integers(100, 900, size=leaves).astype(float)
        nats = tokens * (
            3 - 0.2 * np.arange(leaves) / leaves - 0.5 * update / 100 + rng.normal(0, 0.05, leaves)
        )
        if update == SPIKE:
            nats[0] += 5 * tokens[0]
        found.append(
            {
                "update": update, "stage": "adapt" if update < adapt else "anneal", "rate": 1e-4,
                "loss": nats.sum() / tokens.sum(), "grad_norm": 1 + rng.random(), "tokens": int(tokens.sum()),
                "seconds": 1.0, "first_sequence": update, "sequences": 1, "data_seconds": 0.25,
                "peak_memory": 3_000_000_000,
                "leaves": [[at, nats[at], tokens[at], 4 * tokens[at]] for at in range(leaves)],
            }
        )  # fmt: skip
    return found


def training(
    folder: Path, updates: int = 40, sealed: int = 20, planned: int = 60, adapt: int = 30, seed: int = 0
) -> Path:
    """A run directory of a training that has done `updates` of `planned`, the first `sealed` in a part."""
    steps = {name: folder / f"steps/{name}-0123456789ab" for name in ("collect", "redact", "mix", "pack")}
    for name, path in steps.items():
        path.mkdir(parents=True)
        (path / "_manifest.json").write_text(json.dumps({"step": name}))
    (steps["mix"] / "leaves.json").write_text(json.dumps(LEAVES))
    for name in ("collect", "redact"):
        _documents(steps[name])
    _blocks(steps["pack"], {"adapt": adapt, "anneal": planned - adapt})
    train = folder / "steps/train-0123456789ab.partial"
    (train / "_metrics").mkdir(parents=True)
    lines = rows(0, updates, adapt, seed)
    if sealed:
        part(train / "_metrics/000000000.parquet", lines[:sealed])
    write_lines(train, lines[sealed:])
    _incident(train)
    known = {
        "model": "base", "train": {"batch_tokens": 8, "lora": None, "freeze": []},
        "stages": [{"name": "adapt", "max_epochs": "auto"}, {"name": "anneal", "max_epochs": "auto"}],
        "sources": [{"name": leaf["source"], "labels": leaf["labels"]} for leaf in LEAVES],
    }  # fmt: skip
    (folder / "recipe.yaml").write_text(json.dumps(known))
    session = {
        "update": 0, "ranks": 2, "device_name": "NVIDIA H100 80GB HBM3", "token_operations": 10**14
    }  # fmt: skip
    (train / "_sessions.jsonl").write_text(json.dumps(session) + "\n")
    named = {name: path.name for name, path in steps.items()}
    run_record.write(
        folder / "run.json", RunRecord(name=folder.name, started="2026-11-01T10:00:00Z", steps=named)
    )
    return folder


def write_lines(train: Path, lines: list[dict[str, Any]]) -> None:
    """Append updates to the log of the running interval."""
    with (train / "metrics.jsonl").open("a") as file:
        file.write("".join(json.dumps(row) + "\n" for row in lines))


def part(path: Path, lines: list[dict[str, Any]]) -> None:
    flat = []
    for row in lines:
        sums = {f"leaf_{name}": [leaf[at] for leaf in row["leaves"]] for at, name in enumerate(_SUMS)}
        flat.append({name: value for name, value in row.items() if name != "leaves"} | sums)
    pq.write_table(pa.Table.from_pylist(flat, schema=metrics.PART), path)


_SUMS = ("leaf", "nats", "tokens", "bytes")


def _documents(step: Path) -> None:
    (step / "documents").mkdir()
    text = f"第一条 {HOSTILE} {BIDI}"
    row = {name: None for name in documents.SCHEMA.names}
    row |= {"id": DOCUMENT, "source": "statutes", "origin": f"a/{BIDI}.jsonl:3", "text": text}
    pq.write_table(pa.Table.from_pylist([row], schema=documents.SCHEMA), step / "documents/00000.parquet")


def _blocks(pack: Path, sequences: dict[str, int]) -> None:
    manifest = {}
    for stage, number in sequences.items():
        file = f"{stage}-00000.arrow"
        one = ids.of_digits([DOCUMENT])[0].tobytes()
        row = {
            "tokens": list(range(8)), "segment_length": [8], "segment_leaf": [0], "segment_document": [one],
            "segment_offset": [0], "segment_joined": [0], "segment_last": [1], "masked": [],
        }  # fmt: skip
        other = {**row, "segment_document": [bytes(10)]}
        table = pa.Table.from_pylist(
            [row if stage == "adapt" and at == SPIKE else other for at in range(number)], schema=blocks.SCHEMA
        )
        with pa.OSFile(str(pack / file), "wb") as sink, pa.ipc.new_file(sink, blocks.SCHEMA) as writer:
            writer.write_table(table)
        manifest[stage] = {
            "seq_len": 8, "sequences": number,
            "blocks": [{"file": file, "sequences": number, "tokens": 8 * number, "sha256": ""}],
        }  # fmt: skip
    (pack / "manifest.json").write_text(json.dumps(manifest))


def _incident(train: Path) -> None:
    alarm = {"kind": "leaf_loss", "direction": "up", "value": 8.0, "expected": 3.0, "limit": 4.0, "leaf": 0}
    part = {
        "id": DOCUMENT, "sequence": SPIKE, "leaf": 0, "targets": 7, "nats_per_token": 8.1,
        "nats_per_byte": "nan",
    }  # fmt: skip
    row = {
        "update": SPIKE, "stage": "adapt", "action": "skip", "verdict": "data", "alarms": [alarm],
        "sequences": [SPIKE], "documents": [part],
    }  # fmt: skip
    (train / "incidents.jsonl").write_text(json.dumps(row) + "\n")
