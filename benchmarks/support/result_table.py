"""What a benchmark found, as every benchmark reports it: a table, and results/NAME.json.

A row is {name, peer, value, bar, ok}. `ok` is computed from value and bar; it is null for a value that is
only reported, and for a bar that a smoke size is too small to judge.
"""

import argparse
import json
import math
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from support.smoke import SMOKE

FOLDER = Path(__file__).parents[1] / "results"

Row = dict[str, Any]


def row(
    name: str,
    value: float,
    bar: float | None = None,
    *,
    peer: str = "",
    at_most: bool = False,
    judged: bool = not SMOKE,
) -> Row:
    """One result. bar: the least acceptable value, or the greatest if `at_most`; judged: False where the
    run says nothing about the bar, as a smoke run of speed."""
    met = None if bar is None or not judged else bool(value <= bar if at_most else value >= bar)
    value = float(value)
    shown = None if math.isnan(value) else float(f"{value:.4g}")
    return {"name": name, "peer": peer, "value": shown, "bar": bar, "ok": met}


def table(name: str, rows: list[Row]) -> None:
    """Print the rows and write them to results/NAME.json."""
    for one in rows:
        value = "-" if one["value"] is None else f"{one['value']:g}"
        bar = "" if one["bar"] is None else f"bar {one['bar']:g}"
        met = {None: "", True: "ok", False: "MISSED"}[one["ok"]]
        print(f"{one['name']:<64}{one['peer']:<20}{value:>10}   {bar:<12}{met}")
    write(name, rows)


def write(name: str, rows: list[Row]) -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def smoke_option(parser: argparse.ArgumentParser) -> None:
    """`--smoke`: every part of the benchmark at a size that takes seconds. Bars are not judged."""
    parser.add_argument("--smoke", action="store_true", help="a size that takes seconds; judges no bar")


def installed(peers: Iterable[tuple[str, str]]) -> list[str]:
    """Of (peer, module that it needs), the peers that are installed; names the others on the terminal."""
    found = []
    for peer, module in peers:
        if find_spec(module):
            found.append(peer)
        else:
            print(f"{peer}: left out, {module} is not installed")
    return found
