"""Documents through several steps that change and drop some: every reader sees what a full rewrite would
hold."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shards import identity, write_documents

from rewarm.corpus.tables import documents, masks, texts

Rows = list[dict[str, Any]]


def step(folder: Path, shard: Path, actions: dict[str, str], size: int = 3) -> Path:
    """A step that rewrites, masks or drops documents by id."""
    with texts.Writer(folder, shard) as writer:
        for part in texts.parts(shard, size=size):
            rows = part.rows.to_pylist()
            done = [actions.get(row["id"], "") for row in rows]
            text = [
                row["text"] + "!" if act == "edit" else row["text"]
                for row, act in zip(rows, done, strict=True)
            ]
            spans = [
                [{"start": 0, "end": 1}] if act == "mask" else row["masks"]
                for row, act in zip(rows, done, strict=True)
            ]
            changed = np.array([act in ("edit", "mask") for act in done], bool)
            stays = np.array([act != "drop" for act in done], bool)
            writer.add(part, pa.array(text, pa.string()), pa.array(spans, masks.TYPE), changed, stays)
    return folder / "documents" / shard.name


def plain(rows: Rows, actions: dict[str, str]) -> Rows:
    found = []
    for row in rows:
        act = actions.get(row["id"], "")
        if act != "drop":
            text = row["text"] + "!" if act == "edit" else row["text"]
            found.append(
                {**row, "text": text, "masks": [{"start": 0, "end": 1}] if act == "mask" else row["masks"]}
            )
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 12),
    st.lists(
        st.dictionaries(st.integers(0, 11), st.sampled_from(["edit", "mask", "drop"])), min_size=1, max_size=4
    ),
    st.integers(1, 5),
)
def test_readers_see_what_a_full_rewrite_would_hold(
    tmp_path_factory: pytest.TempPathFactory, count: int, steps: list[dict[int, str]], size: int
) -> None:
    folder = tmp_path_factory.mktemp("texts")
    write_documents(
        folder / "0/documents", [{"id": identity(row), "text": f"text {row}"} for row in range(count)]
    )
    shard = folder / "0/documents/00000.parquet"
    rows: Rows = pq.read_table(shard).to_pylist()
    for number, actions in enumerate(steps, 1):
        by_id = {identity(row): act for row, act in actions.items()}
        (folder / str(number)).mkdir()
        shard = step(folder / str(number), shard, by_id, size)
        rows = plain(rows, by_id)
        assert texts.read(shard).to_pylist() == rows
        assert texts.count(shard) == len(rows)
        assert [row["id"] for batch in texts.batches(shard, ["id"], size) for row in batch.to_pylist()] == [
            row["id"] for row in rows
        ]
        assert texts.read(shard, ["text"])["text"].to_pylist() == [row["text"] for row in rows]
        assert texts.read(shard, ["source", "id"]).column_names == ["source", "id"]


def test_what_does_not_change_is_the_same_file(tmp_path: Path) -> None:
    write_documents(tmp_path / "0/documents", [{"id": identity(row), "text": "t" * 99} for row in range(10)])
    first = tmp_path / "0/documents/00000.parquet"
    for name in ("same", "few", "many"):
        (tmp_path / name).mkdir()
    same = step(tmp_path / "same", first, {})
    few = step(tmp_path / "few", first, {identity(row): "edit" for row in range(5)} | {identity(9): "drop"})
    many = step(tmp_path / "many", first, {identity(row): "edit" for row in range(6)})
    assert first.stat().st_ino == same.stat().st_ino == few.stat().st_ino != many.stat().st_ino
    assert {path.name for path in (tmp_path / "same").iterdir()} - {"_changes", "_dropped"} == {"documents"}
    assert len(pq.read_table(tmp_path / "few/changes/00000.parquet")) == 5
    assert pq.read_table(tmp_path / "few/dropped/00000.parquet")["id"].to_pylist() == [identity(9)]
    assert not (tmp_path / "many/changes/00000.parquet").exists()
    assert pq.read_table(many)["text"].to_pylist() == ["t" * 99 + "!"] * 6 + ["t" * 99] * 4
    assert pq.read_schema(many) == documents.SCHEMA


def test_earlier_steps_may_be_removed(tmp_path: Path) -> None:
    write_documents(tmp_path / "0/documents", [{"id": identity(row), "text": "text"} for row in range(9)])
    shard = tmp_path / "0/documents/00000.parquet"
    for number, actions in ((1, {identity(3): "edit"}), (2, {identity(4): "drop"}), (3, {})):
        (tmp_path / str(number)).mkdir()
        shard = step(tmp_path / str(number), shard, actions)
    for number in (0, 1, 2):
        for path in sorted((tmp_path / str(number)).rglob("*.parquet")):
            path.unlink()
    found = texts.read(shard).to_pylist()
    assert [row["text"] for row in found] == ["text"] * 3 + ["text!"] + ["text"] * 4
    assert identity(4) not in [row["id"] for row in found]


def test_a_step_that_fails_publishes_nothing(tmp_path: Path) -> None:
    write_documents(tmp_path / "0/documents", [{"id": identity(0), "text": "text"}])
    shard = tmp_path / "0/documents/00000.parquet"
    (tmp_path / "1").mkdir()
    with pytest.raises(ValueError, match="half way"), texts.Writer(tmp_path / "1", shard):
        raise ValueError("half way")
    assert not list((tmp_path / "1").rglob("*.parquet"))
