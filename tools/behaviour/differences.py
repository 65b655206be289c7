"""Compares two folders of the tables that `values.py` writes."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


def show(base: Path, head: Path, most: int) -> int:
    """Print a line a table and the first `most` differences; gives the number of rows that differ."""
    total = 0
    names = sorted({path.stem for folder in (base, head) for path in folder.glob("*.parquet")})
    for name in names:
        one, other = _read(base / f"{name}.parquet"), _read(head / f"{name}.parquet")
        unlike = [key for key in sorted(one.keys() | other.keys()) if one.get(key) != other.get(key)]
        total += len(unlike)
        print(f"  {name:<12}{len(one):>8,} rows   {f'{len(unlike):,} differ' if unlike else 'equal'}")
        for key in unlike[:most]:
            print(f"    {key[:100]}: {_fields(one.get(key), other.get(key))}")
    return total


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    table = pq.read_table(path)
    rows = dict(zip(table["key"].to_pylist(), table["value"].to_pylist(), strict=True))
    assert len(rows) == len(table), f"{path}: keys stand in it twice"
    return rows


def _fields(one: str | None, other: str | None) -> str:
    """Which fields differ, and how, cut short."""
    if one is None or other is None:
        return "only in this tree" if one is None else "only in the base"
    before, after = json.loads(one), json.loads(other)
    fields = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return "; ".join(f"{key} {_short(before.get(key))} → {_short(after.get(key))}" for key in sorted(fields))


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"
