"""Every benchmark can be run at a smoke size, and reports its results in the same way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize("file", sorted(BENCHMARKS.glob("*.py")), ids=lambda file: file.stem)
def test_every_benchmark_has_a_smoke_size_and_peers(file: Path) -> None:
    # `make bench-smoke` runs them; starting each for its help would take a minute.
    assert "result_table.smoke_option(" in file.read_text("utf-8")
    assert file.with_suffix(".txt").is_file(), "make bench installs the peers that this file names"


def _rows(tmp_path: Path, *arguments: str) -> list[dict[str, object]]:
    """What `support.result_table` writes for a value of 2 with bars of 1 and 3."""
    script = (
        "from pathlib import Path; from support import result_table as r; "
        f"r.FOLDER = Path({str(tmp_path)!r}); "
        "r.table('x', [r.row('least', 2, 1), r.row('least', 2, 3), r.row('most', 2, 1, at_most=True), "
        "r.row('most', 2, 3, at_most=True, peer='p'), r.row('told', float('nan'))])"
    )
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    subprocess.run([sys.executable, "-c", script, *arguments], env=environment, check=True)
    rows: list[dict[str, object]] = json.loads((tmp_path / "x.json").read_text())
    return rows


def test_results_say_whether_bars_are_met(tmp_path: Path) -> None:
    rows = _rows(tmp_path)
    assert [row["ok"] for row in rows] == [True, False, False, True, None]
    assert rows[3] == {"name": "most", "peer": "p", "value": 2, "bar": 3, "ok": True}
    assert rows[4]["value"] is None


def test_a_smoke_run_judges_no_bar(tmp_path: Path) -> None:
    assert {row["ok"] for row in _rows(tmp_path, "--smoke")} == {None}
