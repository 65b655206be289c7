"""Curricula, related documents and users: from a plan to sequences, by stage and channel."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shards import identity, numbers, write_documents, write_tokens

from rewarm.corpus.tables import ids, leaves
from rewarm.corpus.tables.blocks import Blocks
from rewarm.corpus.tables.leaves import Leaf
from rewarm.data.order.step import run
from rewarm.data.pack.step import run as pack
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.recipe import Order, selectors

SEQ_LEN = 100
SUBJECTS = {
    "lease": "the tenant of the house pays the lease to the owner each month until the lease ends",
    "cell": "cells of the tissue divide and the tumour grows while the drug binds the protein",
    "合同": "合同当事人应当履行义务不得擅自变更或者解除合同违约方承担赔偿责任",
    "server": "the server stores a backup of the volume and the client retries the request on error",
}


def text(number: int) -> str:
    """Documents of four subjects in turn, in words of their own number too."""
    subject = SUBJECTS[[*SUBJECTS][number % 4]]
    rng = np.random.default_rng(number)
    words = subject.split() if " " in subject else [subject[at : at + 4] for at in range(0, len(subject), 4)]
    return " ".join([*rng.choice(words, 12), f"number{number}", f"also{number % 50}"])


class World:
    """A plan of 240 documents in two leaves, which `order` and `pack` run on."""

    def __init__(self, folder: Path, *, documents: int = 240, repeats: int = 1) -> None:
        rng = np.random.default_rng(0)
        self.folder = folder
        self.lengths = rng.integers(10, 60, documents).tolist()
        rows = [{"id": identity(at), "text": text(at), "meta": self.meta(at)} for at in range(documents)]
        write_documents(folder / "documents", rows)
        write_tokens(folder / "tokens", [np.full(length, at) for at, length in enumerate(self.lengths)])
        np.save(folder / "token_breaks.npy", np.zeros(documents, dtype=np.uint8))
        (folder / "attributes").mkdir()
        quality = pa.array([at / documents if at % 10 else None for at in range(documents)], pa.float64())
        table = pa.table({"id": [identity(at) for at in range(documents)], "quality": quality})
        pq.write_table(table, folder / "attributes/00000.parquet")
        leaves.write(folder / "leaves.json", [Leaf(0, "law", {"language": "en"}), Leaf(1, "web", {})])
        uses = [(at, use) for use in range(repeats) for at in range(documents)]
        plan = {
            "id": [identity(at) for at, _ in uses], "leaf": [int(at >= documents // 2) for at, _ in uses],
            "repeat": [use for _, use in uses], "tokens": [self.lengths[at] for at, _ in uses],
        }  # fmt: skip
        (folder / "mix").mkdir()
        pq.write_table(pa.table(plan), folder / "mix/adapt.parquet")

    @staticmethod
    def meta(number: int) -> str:
        return json.dumps({"who": {"id": f"u{number % 60}"}, "began": f"2024-01-{1 + number // 60:02}T00:00"})

    def ordered(self, seed: int = 0, **order: Any) -> pa.Table:
        out = self.folder / f"order{len(list(self.folder.iterdir()))}"
        out.mkdir()
        settings = Order.model_validate(order)
        stage = {"name": "adapt", "order": settings.model_dump(mode="json"), "seq_len": SEQ_LEN}
        chosen = {"adapt": {channel: selectors.parse(channel) for channel in settings.channels}}
        tables = {
            "plan": [self.folder / "mix"], "leaves": [self.folder / "leaves.json"],
            "documents": [self.folder / "documents"], "attributes": [self.folder / "attributes"],
        }  # fmt: skip
        run(Work("order", out, {"stages": [stage], "selectors": chosen, "seed": seed}, tables=tables))
        self.last = out
        return pq.read_table(out / "adapt.parquet")

    def said(self, channel: str = "all") -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.last / "order.json").read_text())["adapt"][channel]
        return found

    def packed(self, **settings: Any) -> Blocks:
        out = self.folder / f"pack{len(list(self.folder.iterdir()))}"
        out.mkdir()
        plain = {"method": "best_fit", "split": "boundary", "max_padding": 1.0, "window": 10_000}
        config = {
            "stages": [{"name": "adapt", "seq_len": SEQ_LEN}], "seed": 0,
            "pack": {**plain, "block_tokens": 10**9, **settings},
        }  # fmt: skip
        tables = {
            "plan": [self.last], "tokens": [self.folder / "tokens"],
            "token_breaks": [self.folder / "token_breaks.npy"],
        }  # fmt: skip
        pack(Work("pack", out, config, tables=tables))
        return Blocks(out, "adapt")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_each_epoch_has_an_order_of_its_own_and_ends_before_the_next(tmp_path: Path) -> None:
    table = World(tmp_path, repeats=3).ordered()
    repeat, leaf = table["repeat"].to_numpy(), table["leaf"].to_numpy()
    documents = np.array(numbers(table["id"].to_pylist()))
    for own in (0, 1):
        assert repeat[leaf == own].tolist() == sorted(repeat[leaf == own].tolist())
    epochs = [documents[(repeat == use) & (leaf == 0)].tolist() for use in range(3)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(epochs[2])
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]


def test_bands_rise_hold_equal_tokens_of_every_leaf_and_outlive_packing(world: World) -> None:
    table = world.ordered(by="curriculum", key="length", bands=4)
    blocks = world.packed(window=30)
    means, tokens = [], []
    bands = blocks.manifest["bands"]
    assert sum(bands) == len(blocks) and len(bands) == 4
    start = 0
    for count in bands:
        sequences = [blocks[number] for number in range(start, start + count)]
        start += count
        lengths = np.concatenate([one.lengths for one in sequences])
        by_leaf = np.bincount(np.concatenate([one.leaves for one in sequences]), lengths, minlength=2)
        means.append((lengths.min(), lengths.mean(), lengths.max()))
        tokens.append(by_leaf / by_leaf.sum())
    for before, after in pairwise(means):
        # Leaves have bands of their own, whose edges differ by a document or two.
        assert before[2] <= after[0] + 6 and before[1] < after[1]
    share = np.array(tokens)[:, 0]
    assert share.max() - share.min() < 0.04
    # Inside a band the order is no sort.
    first = table["tokens"].to_numpy()[table["band"].to_numpy() == 0]
    assert 0.3 < (np.diff(first) > 0).mean() < 0.7


def test_a_curriculum_takes_any_attribute_from_either_end_and_counts_what_has_none(world: World) -> None:
    documents = numbers(
        world.ordered(by="curriculum", key="quality", first="high", bands=5)["id"].to_pylist()
    )
    known = [number for number in documents if number % 10]
    assert np.mean(known[:40]) > np.mean(known[-40:]) + 30
    assert world.said()["without_key"] == 24
    means = [band["mean"] for band in world.said()["bands"]]
    assert means == sorted(means, reverse=True)
    with pytest.raises(
        RewarmError, match=r"order\.key: no document has the attribute 'loss'\. There are length, q"
    ):
        world.ordered(by="curriculum", key="loss", bands=5)


@pytest.mark.slow
def test_related_documents_stand_together_and_see_each_other(world: World) -> None:
    table = world.ordered(by="related")
    said = world.said()
    assert said["in_groups"] > 200 and said["similarity_following"] > 3 * said["similarity_by_chance"]
    group, tokens = table["group"].to_numpy(), table["tokens"].to_numpy()
    documents = np.array(numbers(table["id"].to_pylist()))
    for own in set(group.tolist()) - {-1}:
        rows = np.flatnonzero(group == own)
        assert (np.diff(rows) == 1).all() and len(rows) > 1 and tokens[rows].sum() <= SEQ_LEN
    pairs = (group[1:] == group[:-1]) & (group[1:] >= 0)
    same = documents[1:] % 4 == documents[:-1] % 4
    assert same[pairs].mean() > 0.9 > 0.5 > same[~pairs].mean()
    blocks = world.packed()
    joined = same_subject = neighbours = 0
    for number in range(len(blocks)):
        sequence = blocks[number]
        found = np.array(numbers(ids.digits(sequence.documents)))
        for at in np.flatnonzero(sequence.joined).tolist():
            joined += 1
            same_subject += int(found[at] % 4 == found[at - 1] % 4)
        if number:
            before = numbers(ids.digits(blocks[number - 1].documents))
            neighbours += int(np.bincount(found % 4).argmax() == np.bincount(np.array(before) % 4).argmax())
    assert joined == blocks.manifest["joined_segments"] > 120 and same_subject > 0.9 * joined
    # Sequences in a row are of other subjects: by chance a quarter would be of the same.
    assert neighbours < 0.45 * len(blocks)


def test_near_copies_stand_alone_or_are_left_out_with_a_row_in_the_ledger(tmp_path: Path) -> None:
    world = World(tmp_path, documents=80)
    rows = [{"id": identity(at), "text": text(at % 70), "meta": "{}"} for at in range(80)]
    write_documents(tmp_path / "documents", rows)
    table = world.ordered(by="related", copy_similarity=0.99)
    assert world.said()["near_copies"] == 10 and len(table) == 80
    group = dict(zip(numbers(table["id"].to_pylist()), table["group"].to_pylist(), strict=True))
    assert all(min(group[at], group[at + 70]) == -1 for at in range(10))
    table = world.ordered(by="related", copy_similarity=0.99, copies="drop")
    assert len(table) == 70
    found = pq.read_table(world.last / "ledger/00000.parquet").to_pylist()
    assert {row["reason"] for row in found} == {"near_copy"} and len(found) == 10
    pairs = {tuple(sorted(numbers([row["id"], row["match"]]))) for row in found}
    assert pairs == {(at, at + 70) for at in range(10)}


def test_documents_of_a_user_follow_each_other_in_time(world: World) -> None:
    table = world.ordered(channels={"web": {"by": "user", "field": "who.id"}})
    said = world.said("web")
    assert said["users"] == 60 and said["without_field"] == 0 and said["in_groups"] > 60
    documents, group = numbers(table["id"].to_pylist()), table["group"].to_pylist()
    for one, other, own, following in zip(documents, documents[1:], group, group[1:], strict=False):
        if own >= 0 and own == following:
            # Sixty users write once a day each.
            assert other == one + 60 and one >= 120
    assert all(own == -1 for number, own in zip(documents, group, strict=True) if number < 120)


def test_channels_do_not_change_each_other(world: World) -> None:
    plain = [number for number in numbers(world.ordered()["id"].to_pylist()) if number < 120]
    mixed = world.ordered(bands=4, channels={"source=web": {"by": "curriculum", "key": "length"}})
    documents = numbers(mixed["id"].to_pylist())
    assert [number for number in documents if number < 120] == plain
    web = [world.lengths[number] for number in documents if number >= 120]
    assert np.mean(web[:30]) + 20 < np.mean(web[-30:])
    half = [number < 120 for number in documents]
    assert 0.35 < np.mean(half[:120]) < 0.65


def test_channels_that_are_none_or_two_are_named(world: World) -> None:
    with pytest.raises(RewarmError, match=r"no document is language=fr; there are language=en"):
        world.ordered(channels={"language=fr": {"by": "related"}})
    with pytest.raises(RewarmError, match=r"law and language=en both select documents of law"):
        world.ordered(channels={"law": {}, "language=en": {"by": "related"}})


@pytest.mark.parametrize("order", [{"by": "related"}, {"by": "curriculum", "key": "length", "bands": 3}])
def test_the_order_is_a_function_of_the_seed(world: World, order: dict[str, Any]) -> None:
    first, again, other = (world.ordered(seed, **order) for seed in (1, 1, 2))
    assert first == again and first["id"] != other["id"]
    assert sorted(first["id"].to_pylist()) == sorted(other["id"].to_pylist())
