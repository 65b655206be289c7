"""Order: the same rows, in an order that the seed alone decides."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.data.order.step import run
from rewarm.engine.work import Work


def ordered(folder: Path, seed: int) -> list[int]:
    folder.mkdir()
    (folder / "mix").mkdir()
    pq.write_table(pa.table({"document": list(range(100))}), folder / "mix/adapt.parquet")
    out = folder / "out"
    out.mkdir()
    work = Work("order", out, {"stages": ["adapt"], "seed": seed}, {}, tables={"plan": [folder / "mix"]})
    assert run(work) == {"adapt": 100}
    found: list[int] = pq.read_table(out / "adapt.parquet")["document"].to_pylist()
    return found


def test_a_seed_gives_one_order_of_the_same_rows(tmp_path: Path) -> None:
    first, again, other = ordered(tmp_path / "a", 1), ordered(tmp_path / "b", 1), ordered(tmp_path / "c", 2)
    assert first == again != other
    assert sorted(first) == sorted(other) == list(range(100)) != first
