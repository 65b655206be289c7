"""What is refused before a byte is written, and what a killed attempt leaves."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rewarm.corpus.tables.blocks import Blocks, Sequence
from rewarm.errors import RewarmError
from rewarm.interop import write_blocks


@pytest.fixture
def masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third token of every sequence carries no loss."""
    plain = Blocks.__getitem__

    def item(self: Blocks, number: int) -> Sequence:
        found = plain(self, number)
        starts = np.arange(0, len(found.tokens), 3, dtype=np.int32)
        return replace(found, masked=np.stack([starts, starts + 1], axis=1).reshape(-1))

    monkeypatch.setattr(Blocks, "__getitem__", item)


@pytest.mark.parametrize("to", write_blocks.FORMATS)
def test_nothing_is_overwritten(run: Path, tmp_path: Path, to: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").write_text("mine")
    for refused in (write_blocks.plan, write_blocks.write):
        with pytest.raises(RewarmError, match="nothing is overwritten"):
            refused(run, tmp_path / "out", to, None)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


def test_runs_and_stages_that_are_none_are_letters(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RewarmError, match=r"has no stage 'adept'; its stages are adapt, anneal"):
        write_blocks.plan(run, tmp_path / "out", "megatron", "adept")
    with pytest.raises(RewarmError, match=r"is not a run; give the folder with run\.json"):
        write_blocks.plan(tmp_path, tmp_path / "out", "megatron", None)
    (tmp_path / "run.json").write_text(json.dumps({"format": 4, "steps": {"collect": "collect-0"}}))
    with pytest.raises(RewarmError, match="has no blocks yet; `rewarm run RECIPE --until pack`"):
        write_blocks.plan(tmp_path, tmp_path / "out", "megatron", None)


def test_a_small_disk_is_seen_beforehand(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    with pytest.raises(RewarmError, match=r"0\.00 GB are free and about 0\.07 GB are needed"):
        write_blocks.write(run, tmp_path / "deep/out", "megatron", None)
    assert not (tmp_path / "deep").exists()


def test_a_killed_attempt_is_cleared_but_nothing_else(run: Path, tmp_path: Path) -> None:
    partial = tmp_path / "out.partial"
    partial.mkdir()
    (partial / "adapt.bin").write_bytes(b"half")
    (partial / "notes.txt").write_text("mine")
    with pytest.raises(RewarmError, match=r"holds notes\.txt, which rewarm did not write"):
        write_blocks.write(run, tmp_path / "out", "megatron", "anneal")
    (partial / "notes.txt").unlink()
    write_blocks.write(run, tmp_path / "out", "megatron", "anneal")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "anneal.bin", "anneal.documents.parquet", "anneal.idx", "manifest.json",
    ]  # fmt: skip
    assert not partial.exists()


@pytest.mark.parametrize("to", write_blocks.FORMATS)
def test_masked_tokens_are_refused_or_counted(run: Path, tmp_path: Path, masked: None, to: str) -> None:
    with pytest.raises(RewarmError, match="are masked, and the format has no place for masks"):
        write_blocks.write(run, tmp_path / "out", to, None)
    assert not (tmp_path / "out").exists()
    found = write_blocks.write(run, tmp_path / "out", to, "adapt", learn_masked=True)
    counts = found["stages"][0]["counts"]
    blocks = Blocks(run / "steps/pack-0", "adapt")
    assert counts["masked"] == sum(-(-len(blocks[number].tokens) // 3) for number in range(len(blocks)))
    assert any("masked tokens that carry loss there" in line for line in write_blocks.lines(found))
