"""Order: the same rows, in an order that the seed alone decides."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from shards import identity, numbers

from rewarm.corpus.tables import leaves
from rewarm.corpus.tables.leaves import Leaf
from rewarm.data.order.step import run
from rewarm.engine.work import Work
from rewarm.recipe import Order


def ordered(folder: Path, seed: int, documents: Sequence[int] = range(100)) -> list[int]:
    """Documents in training order; the last one is used twice."""
    folder.mkdir()
    (folder / "mix").mkdir()
    used = [*documents, documents[-1]]
    rows = {
        "id": [identity(number) for number in used],
        "leaf": [0] * len(used),
        "repeat": [0] * len(documents) + [1],
        "tokens": [10] * len(used),
    }
    pq.write_table(pa.table(rows), folder / "mix/adapt.parquet")
    leaves.write(folder / "leaves.json", [Leaf(0, "law", {})])
    out = folder / "out"
    out.mkdir()
    config = {
        "stages": [{"name": "adapt", "order": Order().model_dump(mode="json"), "seq_len": None}],
        "selectors": {"adapt": {}},
        "seed": seed,
    }
    tables = {"plan": [folder / "mix"], "leaves": [folder / "leaves.json"]}
    counts = run(Work("order", out, config, tables=tables))
    assert counts == {"adapt": len(used), "adapt.dropped": 0, "adapt.groups": 0}
    return numbers(pq.read_table(out / "adapt.parquet")["id"].to_pylist())


def test_a_seed_gives_one_order_of_the_same_rows(tmp_path: Path) -> None:
    first, again, other = ordered(tmp_path / "a", 1), ordered(tmp_path / "b", 1), ordered(tmp_path / "c", 2)
    assert first == again != other
    assert sorted(first) == sorted(other) == [*range(100), 99] != first


def test_neither_files_nor_other_documents_move_a_document(tmp_path: Path) -> None:
    """Rows in another order, and more of them: those that were there stay in their order."""
    first = ordered(tmp_path / "a", 1)
    more = ordered(tmp_path / "b", 1, [*range(150, 100, -1), *range(98, -1, -1), 99])
    assert [number for number in more if number < 100] == first


def test_uses_of_one_document_lie_apart(tmp_path: Path) -> None:
    places = [
        [at for at, number in enumerate(ordered(tmp_path / str(seed), seed)) if number == 99]
        for seed in range(12)
    ]
    assert np.mean([last - first for first, last in places]) > 10
