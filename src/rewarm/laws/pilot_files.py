"""Rows of a table file as dictionaries, whatever the format."""

import csv
from pathlib import Path
from typing import Any

import orjson

from rewarm.errors import RewarmError

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """The rows of a .csv, .parquet, .jsonl or .ndjson file.

    Raises:
        RewarmError: the file is missing, broken, or of another kind.
    """
    kind = path.suffix.lower()
    if not path.is_file():
        raise RewarmError(f"{path}: no such file. Give a table of pilots (docs/laws.md)")
    if kind == ".csv":
        return _csv(path)
    if kind == ".parquet":
        return _parquet(path)
    if kind in (".jsonl", ".ndjson"):
        return _json_lines(path)
    raise RewarmError(
        f"{path}: {kind or 'no suffix'!r} is not one of .csv, .parquet, .jsonl. Convert the table"
    )


def _csv(path: Path) -> list[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = []
            for number, row in enumerate(reader, 1):
                if None in row or None in row.values():
                    raise RewarmError(
                        f"{path}: row {number} (line {reader.line_num}): has not as many cells as the header "
                        f"({len(reader.fieldnames or ())}). Complete it"
                    )
                rows.append({name.strip(): value.strip() for name, value in row.items()})
            return rows
    except UnicodeDecodeError as error:
        raise RewarmError(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8") from None


def _parquet(path: Path) -> list[Row]:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        rows: list[Row] = parquet.read_table(path).to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise RewarmError(f"{path}: cannot be read as Parquet ({str(error).splitlines()[0]})") from None
    return rows


def _json_lines(path: Path) -> list[Row]:
    rows = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise RewarmError(f"{path}:{number}: is not JSON ({error})") from None
        if not isinstance(row, dict):
            raise RewarmError(f"{path}:{number}: is a {type(row).__name__}, not an object")
        rows.append(row)
    return rows
