"""The ledger accepts any text and makes excerpts safe to print."""

from pathlib import Path

import pyarrow.parquet as pq

from rewarm.corpus.tables import ledger
from rewarm.corpus.tables.ledger import Verdict


def test_excerpts_are_cut_and_safe_to_print(tmp_path: Path) -> None:
    text = "\x1b[31mred\x00 \ud800 法" + "a" * 500
    path = tmp_path / "ledger/00000.parquet"
    ledger.write(path, [Verdict("1", "law", "clean", "drop", "rules.min_chars", "a:1", excerpt=text)])
    (row,) = pq.read_table(path).to_pylist()
    assert len(row["excerpt"]) == ledger.EXCERPT and "法" in row["excerpt"]
    assert "\x1b" not in row["excerpt"] and "\x00" not in row["excerpt"]


def test_a_step_that_decided_nothing_says_so(tmp_path: Path) -> None:
    ledger.write(tmp_path / "00000.parquet", [])
    table = pq.read_table(tmp_path / "00000.parquet")
    assert len(table) == 0 and table.schema.equals(ledger.SCHEMA)
