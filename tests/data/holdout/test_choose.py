"""What is held out: by text, steadily, within bounds."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from shards import identity, write_documents

from rewarm.corpus.tables import documents, labels
from rewarm.data.holdout.step import choose, run
from rewarm.engine.work import Work

CONFIG = {"share": 0.1, "min_documents": 4, "max_documents": 20}


def hashes(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**63, count, dtype=np.uint64)


@given(st.integers(0, 400), st.integers(0, 5))
def test_the_share_keeps_to_its_bounds(count: int, seed: int) -> None:
    chosen = int(choose(np.full(count, "law"), hashes(count), CONFIG, seed).sum())
    assert chosen == min(20, max(round(0.1 * count), min(4, count // 2)))


def test_equal_texts_are_on_one_side_across_sources() -> None:
    table = hashes(100)
    sources = np.array(["law"] * 100 + ["notes"] * 100)
    held = choose(sources, np.concatenate([table, table[::-1]]), CONFIG, 1)
    assert held[:100].any() and np.array_equal(held[:100], held[100:][::-1])


def test_new_documents_move_few() -> None:
    table = hashes(1000)
    before = choose(np.full(1000, "law"), table, {**CONFIG, "max_documents": 400}, 3)
    more = np.concatenate([table, hashes(100, seed=9)])
    after = choose(np.full(1100, "law"), more, {**CONFIG, "max_documents": 400}, 3)[:1000]
    assert (before & after).sum() >= 0.9 * before.sum()


def test_another_seed_holds_out_others_and_no_share_none() -> None:
    table, sources = hashes(1000), np.full(1000, "law")
    one, other = (choose(sources, table, CONFIG, seed) for seed in (1, 2))
    assert (one & other).sum() < one.sum() / 2
    assert not choose(sources, table, {**CONFIG, "share": 0}, 1).any()


@given(st.lists(st.integers(0, 120), min_size=1, max_size=6), st.integers(0, 5))
def test_a_sources_number_is_spread_over_the_labels_of_its_documents(sizes: list[int], seed: int) -> None:
    labels = np.repeat([f"value {number}" for number in range(len(sizes))], sizes)
    total = len(labels)
    held = choose(np.full(total, "law"), hashes(total, seed), CONFIG, 3, labels)
    wanted = min(20, max(round(0.1 * total), min(4, total // 2)))
    assert held.sum() == wanted
    for number, size in enumerate(sizes):
        mine = int(held[labels == f"value {number}"].sum())
        assert mine <= size and (total == 0 or mine <= wanted * size / total + 2 + len(sizes))
        if size >= 2 and wanted >= len(sizes):
            assert mine >= 1, "a rare value is measured too"


def test_documents_that_bring_no_labels_are_chosen_as_before() -> None:
    table, sources = hashes(300), np.array(["law", "web", "web"] * 100)
    same = choose(sources, table, CONFIG, 1, np.full(300, ""))
    assert np.array_equal(same, choose(sources, table, CONFIG, 1))


def test_the_step_spreads_over_what_collect_recorded(tmp_path: Path) -> None:
    """Two of forty documents are French, in two shards."""
    for shard in range(2):
        rows = [{"id": identity(20 * shard + row), "text": f"text {shard} {row}"} for row in range(20)]
        write_documents(tmp_path / "documents", rows, shard)
        labels.write(
            tmp_path / f"labels/{shard:05}.parquet",
            [(identity(20 * shard), {"language": "fr"})],
            ["language"],
        )
    (tmp_path / "out").mkdir()
    config = {"holdout": CONFIG, "seed": 0, "start": None, "earlier": None}
    tables = {"documents": [tmp_path / "documents"], "labels": [tmp_path / "labels"]}
    counts = run(Work("holdout", tmp_path / "out", config, tables=tables))
    assert counts == {"documents": 40, "heldout": 4, "heldout.s": 4}
    held = [row["id"] for row in documents.rows(tmp_path / "out/split") if row["heldout"]]
    assert len({identity(0), identity(20)} & set(held)) == 1
