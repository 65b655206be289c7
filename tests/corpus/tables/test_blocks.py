"""Packing to blocks and back: every token once, in its place, for any block size."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shards import identity, numbers, write_tokens

from rewarm.corpus.tables.blocks import Blocks, first_difference, planned_tokens, updates
from rewarm.corpus.tables.ids import digits
from rewarm.data.pack.step import run
from rewarm.engine.work import Work
from rewarm.errors import RewarmError


@pytest.fixture
def documents() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 1000, size).astype(np.uint32) for size in rng.integers(1, 150, 60)]


def packed(folder: Path, documents: list[np.ndarray], block_tokens: int) -> Path:
    (folder / "order").mkdir(parents=True)
    (folder / "pack").mkdir()
    count = len(documents)
    write_tokens(folder / "tokens", documents)
    order = np.random.default_rng(1).permutation(count)
    for stage, part in (("adapt", order[:50]), ("anneal", order[40:])):
        table = {
            "id": [identity(row) for row in part], "leaf": part % 2,
            "tokens": [len(documents[row]) for row in part],
            "band": [0] * len(part), "group": [-1] * len(part), "path": [-1] * len(part),
        }  # fmt: skip
        pq.write_table(pa.table(table), folder / f"order/{stage}.parquet")
    config = {
        "stages": [{"name": "adapt", "seq_len": 64}, {"name": "anneal", "seq_len": 64}],
        "seed": 0,
        "pack": {
            "method": "best_fit",
            "split": "exact",
            "max_padding": 0.001,
            "window": 20,
            "block_tokens": block_tokens,
        },
    }
    np.save(folder / "token_breaks.npy", np.zeros(1000, dtype=np.uint8))
    tables = {
        "plan": [folder / "order"],
        "tokens": [folder / "tokens"],
        "token_breaks": [folder / "token_breaks.npy"],
    }
    run(Work("pack", folder / "pack", config, tables=tables))
    return folder / "pack"


@pytest.mark.parametrize("block_tokens", [10**9, 500])
def test_every_token_is_once_in_its_place(tmp_path: Path, documents: list, block_tokens: int) -> None:
    folder = packed(tmp_path, documents, block_tokens)
    order = numbers(pq.read_table(tmp_path / "order/adapt.parquet")["id"].to_pylist())
    blocks = Blocks(folder, "adapt")
    assert (len(blocks.manifest["blocks"]) > 3) == (block_tokens == 500)
    found = {number: np.full(len(documents[number]), -1) for number in order}
    for number in range(len(blocks)):
        sequence = blocks[number]
        assert len(sequence.tokens) == sequence.lengths.sum() <= 64
        starts = np.cumsum([0, *sequence.lengths])
        for at, document in enumerate(numbers(digits(sequence.documents))):
            offset = sequence.offsets[at]
            part = sequence.tokens[starts[at] : starts[at + 1]]
            assert (found[document][offset : offset + len(part)] == -1).all()
            found[document][offset : offset + len(part)] = part
            assert sequence.leaves[at] == document % 2
    for number, tokens in found.items():
        assert np.array_equal(tokens, documents[number])


def test_blocks_of_any_size_hold_the_same_sequences(tmp_path: Path, documents: list) -> None:
    one, many = (Blocks(packed(tmp_path / str(size), documents, size), "adapt") for size in (10**9, 500))
    assert len(one) == len(many)
    for number in range(len(one)):
        assert np.array_equal(one[number].tokens, many[number].tokens)


def test_updates_take_every_sequence_once_in_order(tmp_path: Path, documents: list) -> None:
    folder = packed(tmp_path, documents, 500)
    plan = updates(folder, 3 * 64)
    assert [update.number for update in plan] == list(range(len(plan)))
    for stage, entry in json.loads((folder / "manifest.json").read_text()).items():
        mine = [update for update in plan if update.stage == stage]
        taken = [number for update in mine for number in update.sequences]
        assert taken == list(range(entry["sequences"]))
        assert all(len(update.sequences) == 3 for update in mine[:-1])
        assert [update.number_in_stage for update in mine] == list(range(len(mine)))


def test_planned_tokens_are_those_of_the_updates(tmp_path: Path) -> None:
    """Other lengths and sizes by stage, a last update that is not full, a stage without sequences."""
    stages = {"a": (64, 10), "b": (256, 3), "c": (64, 0), "d": (512, 2)}
    manifest = {name: {"seq_len": seq_len, "sequences": count} for name, (seq_len, count) in stages.items()}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    plan = updates(tmp_path, 256)
    sizes = [len(update.sequences) * stages[update.stage][0] for update in plan]
    assert len(set(sizes)) > 2
    for done in range(len(plan) + 2):
        assert planned_tokens(tmp_path, 256, done) == (sum(sizes[:done]), sum(sizes))


def test_a_damaged_block_is_named_when_it_is_first_read(tmp_path: Path, documents: list) -> None:
    folder = packed(tmp_path, documents, 500)
    path = folder / "adapt/00001.arrow"
    data = bytearray(path.read_bytes())
    # The last token of the block's data, well before the footer: a reader sees nothing odd.
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    blocks = Blocks(folder, "adapt", verify=True)
    assert len(blocks[0].tokens)
    second = int(blocks.manifest["blocks"][0]["sequences"])
    with pytest.raises(RewarmError, match=r"adapt/00001\.arrow: is damaged.*Remove .*pack and run"):
        blocks[second]
    with pytest.raises(RewarmError, match="damaged"):
        blocks[second]
    assert len(Blocks(folder, "adapt")[second].tokens)


@pytest.mark.parametrize("damage", ["cut", "missing"])
def test_a_block_that_cannot_be_opened_is_named(tmp_path: Path, documents: list, damage: str) -> None:
    folder = packed(tmp_path, documents, 500)
    path = folder / "adapt/00001.arrow"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    else:
        path.unlink()
    with pytest.raises(RewarmError, match=r"adapt/00001\.arrow: cannot be opened.*Remove .*pack"):
        Blocks(folder, "adapt")


def test_the_first_update_with_other_text_is_found(tmp_path: Path, documents: list) -> None:
    one = packed(tmp_path / "one", documents, 500)
    plan = updates(one, 3 * 64)
    assert first_difference(one, packed(tmp_path / "same", documents, 10**9), 3 * 64, len(plan)) is None
    order = numbers(pq.read_table(tmp_path / "one/order/anneal.parquet")["id"].to_pylist())
    changed = list(documents)
    changed[order[-1]] = changed[order[-1]] + 1
    other = packed(tmp_path / "other", changed, 500)
    blocks = {stage: Blocks(one, stage) for stage in ("adapt", "anneal")}
    first = next(
        update.number
        for update in plan
        for number in update.sequences
        if order[-1] in numbers(digits(blocks[update.stage][number].documents))
    )
    assert first > 0
    assert first_difference(one, other, 3 * 64, len(plan)) == first
    assert first_difference(one, other, 3 * 64, first) is None
