"""What is cut does not hang on shards, their order, workers or a kill."""

import importlib
import json
import random
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from repeated_passages import paragraph, prepared, row, trimmed
from shards import read_documents

from rewarm.corpus.tables import documents
from rewarm.data.trim import step
from rewarm.engine.work import Work


def _corpus() -> list[dict[str, Any]]:
    rng = random.Random(3)
    pool = [paragraph(f"{language}{number}", 5) for number in range(12) for language in ("en", "zh")]
    made = []
    for number in range(60):
        parts = [*rng.sample(pool, 3), paragraph(f"{'en' if number % 2 else 'zh'}own{number}", 6)]
        rng.shuffle(parts)
        made.append(row(f"{rng.getrandbits(40):010x}", f"T{number}", *parts, source=rng.choice("st"),
                        heldout=number % 17 == 0))  # fmt: skip
    return made


def _content(folder: Path) -> dict[str, list[Any]]:
    return {
        table: sorted(rows, key=lambda row: json.dumps(row))
        for table, rows in (
            ("documents", read_documents(folder / "documents")),
            *((table, list(documents.rows(folder / table))) for table in ("keep", "ledger")),
        )
    }


def test_shards_and_their_order_change_nothing(tmp_path: Path) -> None:
    rows = _corpus()
    found = []
    for number, order in enumerate(list(permutations(range(3)))[:4]):
        shards = [rows[part * 20 : part * 20 + 20] for part in order]
        trimmed(tmp_path / str(number), shards if number < 3 else [[], *shards, rows[:0]])
        found.append(_content(tmp_path / str(number) / "out"))
    assert len(found[0]["ledger"]) > 50
    assert all(other == found[0] for other in found[1:])


@pytest.mark.parametrize("phase", ["fingerprints_of", "joined_on_disk", "meetings", "decide"])
def test_a_killed_step_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    rows = _corpus()
    shards = [rows[:20], rows[20:40], rows[40:]]
    trimmed(tmp_path / "whole", shards)
    work = prepared(tmp_path / "killed", shards)
    homes = {"decide": "edit", "meetings": "meetings"}
    target = f"rewarm.data.trim.{homes.get(phase, 'step')}.{phase}"
    calls = iter(range(100))
    real = getattr(importlib.import_module(target.rpartition(".")[0]), phase)

    def dies(*arguments: Any) -> Any:
        if next(calls) == {"decide": 30, "fingerprints_of": 1}.get(phase, 0):
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(target, dies)
        with pytest.raises(KeyboardInterrupt):
            step.run(work)
    step.run(work)
    assert _content(work.folder) == _content(tmp_path / "whole/out")
    # Once more, as after a kill between the last phase and the publishing of the step.
    assert step.run(work)["in"] == 60


def test_trimming_again_changes_no_text(tmp_path: Path) -> None:
    rows = _corpus()
    _, once, _ = trimmed(tmp_path / "once", [rows], action="cut")
    again = [{**row, "text": once[row["id"]]["text"]} for row in rows if row["id"] in once]
    counts, twice, _ = trimmed(tmp_path / "twice", [again], action="cut")
    assert counts["cuts"] == 0
    assert [twice[row["id"]]["text"] for row in again] == [row["text"] for row in again]


def test_workers_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _corpus()
    shards = [rows[:7], rows[7:40], rows[40:]]
    trimmed(tmp_path / "many", shards)
    real = Work.map
    monkeypatch.setattr(
        Work, "map", lambda self, *given, **more: real(self, *given, **{**more, "workers": 1})
    )
    trimmed(tmp_path / "one", shards)
    for path in sorted((tmp_path / "one/out").rglob("*.parquet")):
        assert pq.read_table(path) == pq.read_table(
            tmp_path / "many/out" / path.relative_to(tmp_path / "one/out")
        )
