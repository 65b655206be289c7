"""What a benchmark found: the table that is printed and the file that `make bench` promises."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


def table(name: str, rows: list[dict[str, Any]]) -> None:
    """Print rows of name, peer, value, bar and ok; write them to results/NAME.json."""
    for row in rows:
        met = "" if row["bar"] is None else f"bar {row['bar']}   {'ok' if row['ok'] else 'MISSED'}"
        print(f"{row['name']:<52}{row['peer'] or '':<14}{row['value']:>9}   {met}")
    write(name, rows)


def write(name: str, rows: list[dict[str, Any]]) -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(rows, indent=1))
