"""Run directories in the states that a reader meets: running, of another format, damaged."""

import json
import os
from dataclasses import replace
from math import log
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rewarm.corpus.tables import documents, ledger, run_record
from rewarm.corpus.tables.ledger import Verdict
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.errors import RewarmError
from rewarm.runs.run import Run

LEAVES = [
    {"leaf": 0, "source": "law", "labels": {"task": "domain"}},
    {"leaf": 1, "source": "api", "labels": {"task": "general"}},
    {"leaf": 2, "source": "notes", "labels": {"task": "general"}},
]


def made_step(root: Path, name: str, *inputs: str) -> Path:
    folder = root / "steps" / f"{name}-0"
    folder.mkdir(parents=True)
    manifest = {"step": name, "content": f"of {name}", "inputs": {step: f"of {step}" for step in inputs}}
    (folder / "_manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A run that trains: two updates in the log, the second not used."""
    mixed = made_step(tmp_path, "mix")
    (mixed / "leaves.json").write_text(json.dumps(LEAVES))
    partial = tmp_path / "steps/train-1.partial"
    partial.mkdir()
    row = {"stage": "adapt", "rate": 1e-3, "seconds": 1.0, "first_sequence": 0, "sequences": 2}
    rows = [
        {"update": 0, **row, "loss": 2.0, "grad_norm": 1.5, "tokens": 30,
         "leaves": [[0, 20.0, 10, 40], [1, 30.0, 15, 60], [2, 10.0, 5, 20]]},
        {"update": 1, **row, "loss": None, "grad_norm": None, "tokens": 0, "leaves": []},
    ]  # fmt: skip
    (partial / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run_record.write(tmp_path / "run.json", RunRecord(name="law", steps={"mix": mixed.name}))
    return tmp_path


def test_curves_of_a_running_training(root: Path) -> None:
    rows = Run(root).curves.to_pylist()
    assert [(row["update"], row["axis"], row["value"]) for row in rows] == [
        (0, "all", "all"),
        (0, "source", "api"),
        (0, "source", "law"),
        (0, "source", "notes"),
        (0, "task", "domain"),
        (0, "task", "general"),
    ]
    general = rows[-1]
    assert (general["nats"], general["tokens"], general["bytes"]) == (40.0, 20.0, 80.0)
    assert general["nats_per_token"] == 2.0
    assert general["bits_per_byte"] == pytest.approx(0.5 / log(2))
    assert general["stage"] == "adapt" and general["rate"] == 1e-3


def test_the_newest_attempt_is_the_training(root: Path) -> None:
    given_up, newest = root / "steps/train-1.partial", root / "steps/train-2.partial"
    newest.mkdir()
    assert Run(root).training in (given_up, newest)
    os.utime(given_up, (1, 1))
    assert Run(root).training == newest
    (newest / "_begun.json").write_text('{"variant": "other"}')
    assert Run(root).training == given_up
    (newest / "_begun.json").write_text('{"variant": ""}')
    for number in (8, 16):
        (newest / f"checkpoints/update-{number:06}").mkdir(parents=True)
    (newest / "checkpoints/update-000024.writing").mkdir()
    assert [state.updates for state in Run(root).states] == [8, 16]


def test_a_run_that_trains_again_shows_the_training_under_way(root: Path) -> None:
    done, partial = made_step(root, "train"), root / "steps/train-1.partial"
    record = RunRecord(steps={"train": done.name}, finished="2026-11-01T10:00:00+00:00")
    os.utime(done, (1, 1))
    for finished, training in ((record.finished, done), (None, partial)):
        run_record.write(root / "run.json", replace(record, finished=finished))
        assert Run(root).training == training
    os.utime(partial, (0, 0))
    assert Run(root).training == done


def test_what_is_not_there_yet_is_empty(root: Path) -> None:
    run = Run(root)
    assert run.channels.num_rows == run.documents.num_rows == run.incidents.num_rows == 0
    assert run.plan == [] and run.rate(0) == 1e-3 and run.rate(7) is None
    with pytest.raises(RewarmError, match="has no update 0"):
        run.update(0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": "law"}', "format is missing; this version of rewarm reads format 4"),
        ('{"format": 99}', "format 99; this version of rewarm reads format 4"),
        ("{", "is not JSON"),
    ],
)
def test_another_format_is_refused_with_a_remedy(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(RewarmError, match=said) as error:
        Run(tmp_path)
    assert str(tmp_path / "run.json") in str(error.value) and "again" in str(error.value)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RewarmError, match=r"is not a run; give the folder with run\.json"):
        Run(tmp_path)


def test_a_variant_reads_the_steps_of_its_run(root: Path) -> None:
    folder = root / "variants/small"
    folder.mkdir(parents=True)
    run_record.write(folder / "run.json", RunRecord(variant="small", steps={"mix": "mix-0"}))
    assert [leaf.source for leaf in Run(folder).leaves] == ["law", "api", "notes"]
    assert Run(folder).root == root
    (root / "run.json").unlink()
    with pytest.raises(RewarmError, match=f"is not a run; give one of its variants: {folder}"):
        Run(root)


def test_documents_name_the_first_step_that_dropped_them(tmp_path: Path) -> None:
    collected, cleaned, deduped = (
        made_step(tmp_path, *names) for names in (("collect",), ("clean", "collect"), ("dedupe", "clean"))
    )
    rows = [
        {"id": str(number), "text": "t", "source": "law", "origin": f"a:{number}", "labels": [], "meta": "",
         "masks": []}
        for number in range(4)
    ]  # fmt: skip
    (collected / "documents").mkdir()
    pq.write_table(pa.Table.from_pylist(rows, schema=documents.SCHEMA), collected / "documents/00000.parquet")
    for folder, step, ids in ((cleaned, "clean", "1"), (deduped, "dedupe", "13")):
        drops = [Verdict(one, "law", step, "drop", f"by {step}", "") for one in ids]
        ledger.write(
            folder / "ledger/00000.parquet", [*drops, Verdict("0", "law", step, "edit", "unicode", "")]
        )
    steps = {path.name.removesuffix("-0"): path.name for path in (collected, cleaned, deduped)}
    run_record.write(tmp_path / "run.json", RunRecord(steps=steps))
    found = Run(tmp_path).documents.to_pylist()
    assert [(row["id"], row["dropped_by"], row["reason"]) for row in found] == [
        ("0", None, None),
        ("1", "clean", "by clean"),
        ("2", None, None),
        ("3", "dedupe", "by dedupe"),
    ]
    assert {row["heldout"] for row in found} == {row["tokens"] for row in found} == {None}
