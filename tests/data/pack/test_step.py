"""Sequences of a stage: masks and cuts in their places, windows in order, blocks and their manifest."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shards import identity, numbers, write_tokens

from rewarm.corpus.tables.blocks import Blocks
from rewarm.corpus.tables.ids import digits
from rewarm.data.pack.step import run
from rewarm.engine.work import Work
from rewarm.errors import RewarmError

SEQ_LEN, WINDOW = 16, 8
RNG = np.random.default_rng(0)
LENGTHS = RNG.integers(1, 40, 30).tolist()
# The token's value names its document and its place.
TOKENS = [np.arange(length, dtype=np.uint32) + 1000 * row for row, length in enumerate(LENGTHS)]
MASKED = [sorted(RNG.choice(length + 1, 2 * int(length > 3), replace=False).tolist()) for length in LENGTHS]
ORDER = [row for row in RNG.permutation(30).tolist() if row != 7]
USED = [LENGTHS[row] for row in ORDER[:-1]] + [max(1, LENGTHS[ORDER[-1]] - 2)]


def packed(
    folder: Path,
    *,
    seed: int = 0,
    block_tokens: int = 100,
    tokens: list[int] = USED,
    method: str = "best_fit",
    **columns: list[int],
) -> dict[str, int]:
    for part in ("order", "pack"):
        (folder / part).mkdir(parents=True)
    write_tokens(folder / "tokens", TOKENS, masked=MASKED)
    order = {
        "id": [identity(row) for row in ORDER], "leaf": [row % 3 for row in ORDER], "tokens": tokens,
        "band": [0] * len(ORDER), "group": [-1] * len(ORDER), "path": [-1] * len(ORDER), **columns,
    }  # fmt: skip
    pq.write_table(pa.table(order), folder / "order/adapt.parquet")
    config = {
        "stages": [{"name": "adapt", "seq_len": SEQ_LEN}], "seed": seed,
        "pack": {
            "method": method,
            "split": "exact",
            "max_padding": 0.001,
            "window": WINDOW,
            "block_tokens": block_tokens,
        },
    }  # fmt: skip
    np.save(folder / "token_breaks.npy", np.zeros(40_000, dtype=np.uint8))
    tables = {
        "plan": [folder / "order"], "tokens": [folder / "tokens"],
        "token_breaks": [folder / "token_breaks.npy"],
    }  # fmt: skip
    return run(Work("pack", folder / "pack", config, tables=tables))


def test_masked_tokens_stay_masked_wherever_their_document_is_cut(tmp_path: Path) -> None:
    packed(tmp_path)
    blocks = Blocks(tmp_path / "pack", "adapt")
    seen: list[int] = []
    for number in range(len(blocks)):
        sequence = blocks[number]
        masked = np.zeros(len(sequence.tokens), dtype=bool)
        for start, stop in sequence.masked.reshape(-1, 2):
            assert start < stop
            masked[start:stop] = True
        for token, hidden in zip(sequence.tokens.tolist(), masked.tolist(), strict=True):
            start, stop = MASKED[token // 1000] or (0, 0)
            assert hidden == (start <= token % 1000 < stop)
        seen += sequence.tokens.tolist()
        documents = numbers(digits(sequence.documents))
        starts = np.cumsum(sequence.lengths) - sequence.lengths
        assert (sequence.tokens[starts] // 1000).tolist() == documents
        assert (sequence.tokens[starts] % 1000).tolist() == sequence.offsets.tolist()
        assert sequence.leaves.tolist() == [document % 3 for document in documents]
    used = zip(ORDER, USED, strict=True)
    assert sorted(seen) == sorted(token for row, count in used for token in TOKENS[row][:count].tolist())


def windows(folder: Path) -> list[set[int]]:
    """Of each sequence, the windows that its documents are of."""
    blocks = Blocks(folder / "pack", "adapt")
    place = {row: at // WINDOW for at, row in enumerate(ORDER)}
    return [
        {place[token // 1000] for token in blocks[number].tokens.tolist()} for number in range(len(blocks))
    ]


def test_windows_keep_their_order_and_are_shuffled_inside(tmp_path: Path) -> None:
    packed(tmp_path / "one")
    packed(tmp_path / "same")
    packed(tmp_path / "other", seed=1)
    found = windows(tmp_path / "one")
    assert all(len(one) == 1 for one in found)
    order = [one.pop() for one in found]
    assert order == sorted(order) and set(order) == {0, 1, 2, 3}
    one, same, other = (Blocks(tmp_path / name / "pack", "adapt") for name in ("one", "same", "other"))
    sequences = [[blocks[at].tokens.tolist() for at in range(len(blocks))] for blocks in (one, same, other)]
    assert sequences[0] == sequences[1] != sequences[2]
    assert sorted(sequences[0]) == sorted(sequences[2])
    # Each window is shuffled differently.
    first = [tokens[0] // 1000 for tokens, window in zip(sequences[0], order, strict=True) if window == 0]
    assert first != [row for row in ORDER if row in first]


def test_blocks_close_when_they_are_full(tmp_path: Path) -> None:
    counts = packed(tmp_path)
    manifest: dict[str, Any] = json.loads((tmp_path / "pack/manifest.json").read_text())["adapt"]
    blocks = Blocks(tmp_path / "pack", "adapt")
    sizes = [len(blocks[number].tokens) for number in range(len(blocks))]
    at = 0
    for number, block in enumerate(manifest["blocks"]):
        mine = sizes[at : at + block["sequences"]]
        assert block["file"] == f"adapt/{number:05}.arrow" and block["tokens"] == sum(mine)
        assert (sum(mine) >= 100 > sum(mine[:-1])) or number == len(manifest["blocks"]) - 1
        content = (tmp_path / "pack" / block["file"]).read_bytes()
        assert block["sha256"] == hashlib.sha256(content).hexdigest()
        at += block["sequences"]
    assert (manifest["sequences"], manifest["tokens"]) == (len(sizes), sum(USED)) == (at, sum(sizes))
    assert manifest["seq_len"] == SEQ_LEN and manifest["fill"] == sum(sizes) / (len(sizes) * SEQ_LEN)
    total = {"sequences": len(sizes), "tokens": sum(USED)}
    padding = {"padding_tokens": len(sizes) * SEQ_LEN - sum(USED)}
    cut = {"cut": sum(used > SEQ_LEN for used in USED), "short_cut": 0, "joined_tokens": 0}
    assert counts == total | {f"adapt.{name}": count for name, count in {**total, **padding, **cut}.items()}


def test_a_block_is_full_at_exactly_its_size(tmp_path: Path) -> None:
    packed(tmp_path / "one")
    first = Blocks(tmp_path / "one/pack", "adapt")[0].tokens
    packed(tmp_path / "exact", block_tokens=len(first))
    manifest = json.loads((tmp_path / "exact/pack/manifest.json").read_text())["adapt"]
    assert manifest["blocks"][0]["sequences"] == 1


def test_a_stage_of_nothing_has_no_block(tmp_path: Path) -> None:
    assert packed(tmp_path, tokens=[0] * len(ORDER))["sequences"] == 0
    manifest = json.loads((tmp_path / "pack/manifest.json").read_text())["adapt"]
    assert manifest["blocks"] == [] and manifest["fill"] == 0 and manifest["tokens"] == 0


def test_tokens_that_a_document_lacks_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(RewarmError, match="tokens of adapt do not reconcile"):
        packed(tmp_path, tokens=[length + 1 for length in USED])
