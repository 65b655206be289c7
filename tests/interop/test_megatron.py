"""Megatron's files, read back by a reader made from the format's description alone."""

import json
import struct
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from shards import numbers

from rewarm.interop import megatron, write_blocks
from rewarm.interop.packed_stage import PackedStage, packed_stage
from rewarm.runs.run import Run

TYPES = {8: np.uint16, 4: np.int32}


def read(prefix: Path) -> list[np.ndarray]:
    """Every sequence; checks that positions, lengths, borders and both files' sizes agree."""
    index = prefix.with_suffix(".idx").read_bytes()
    assert index[:9] == b"MMIDIDX\x00\x00"
    version, code, sequences, borders = struct.unpack_from("<QBQQ", index, 9)
    assert version == 1
    at = 34
    lengths = np.frombuffer(index, "<i4", sequences, at)
    positions = np.frombuffer(index, "<i8", sequences, at + 4 * sequences)
    documents = np.frombuffer(index, "<i8", borders, at + 12 * sequences)
    assert len(index) == at + 12 * sequences + 8 * borders
    assert documents.tolist() == list(range(sequences + 1))
    data = prefix.with_suffix(".bin").read_bytes()
    width = np.dtype(TYPES[code]).itemsize
    assert len(data) == lengths.sum() * width
    found = [
        np.frombuffer(data, TYPES[code], length, position)
        for length, position in zip(lengths, positions, strict=True)
    ]
    assert np.array_equal(np.concatenate(found), np.frombuffer(data, TYPES[code]))
    return found


def expected(
    stage: list[tuple[int, int]], tokens: list[np.ndarray], end: int
) -> Counter[tuple[int, tuple[int, ...]]]:
    """Documents as the order has them; a cropped one gets an end token."""
    found: Counter[tuple[int, tuple[int, ...]]] = Counter()
    for row, size in stage:
        kept = tokens[row][:size].tolist()
        found[row, tuple(kept if kept[-1] == end else [*kept, end])] += 1
    return found


def test_every_document_is_whole_once_and_ended(
    run: Path, tmp_path: Path, tokens: list[np.ndarray], used: dict[str, list[tuple[int, int]]]
) -> None:
    found = write_blocks.write(run, tmp_path / "out", "megatron", None)
    end = int(tokens[0][-1])
    for row, (stage, parts) in zip(found["stages"], used.items(), strict=True):
        sequences = read(tmp_path / "out" / stage)
        assert sequences[0].dtype == np.uint16 and row["dtype"] == "uint16" and row["end_of_document"] == end
        rows = pq.read_table(tmp_path / "out" / f"{stage}.documents.parquet").to_pylist()
        documents = numbers(row["id"] for row in rows)
        mine = Counter((number, tuple(tokens)) for number, tokens in zip(documents, sequences, strict=True))
        assert mine == expected(parts, tokens, end)
        assert [row["tokens"] for row in rows] == [len(tokens) for tokens in sequences]
        assert [row["leaf"] for row in rows] == [number % 2 for number in documents]
        assert all(tokens[-1] == end and (tokens[:-1] != end).all() for tokens in sequences)
        assert row["counts"]["ends_added"] == (2 if stage == "adapt" else 0)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["stages"] == found["stages"] and manifest["leaves"][0]["source"] == "law"


def test_a_large_vocabulary_takes_int32(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = packed_stage(Run(run), "anneal")
    monkeypatch.setattr(PackedStage, "token_bytes", np.ones(65_500, dtype=np.uint16))
    megatron.write(stage, tmp_path)
    sequences = read(tmp_path / "anneal")
    assert sequences[0].dtype == np.int32
    assert sum(map(len, sequences)) == stage.tokens


def test_sizes_are_known_beforehand(run: Path, tmp_path: Path) -> None:
    planned = write_blocks.plan(run, tmp_path / "out", "megatron", None)
    written = write_blocks.write(run, tmp_path / "out", "megatron", None)
    for before, after in zip(planned["stages"], written["stages"], strict=True):
        # Parquet's own footer is most of a small table.
        assert after["bytes"] <= before["bytes"] + 4000
        assert before["tokens"] == after["counts"]["tokens"] - after["counts"]["ends_added"]
