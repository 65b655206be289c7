"""Parquet: the text column and the columns of short values, batch by batch.

Row groups are read one by one, so that a part of a large file reads only its own, and a broken row group
costs its rows, not those after it. Columns of a file on disk are read as streams: a row group of any size is
never held whole. Over a network each read is a request, so the compressed columns of a row group are read at
once.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.data.collect import records
from rewarm.data.collect.origins import Part
from rewarm.data.collect.records import Fault, Item

# Larger batches read no faster; books of 1 MB come 16 at a time.
_BATCH_ROWS, _BATCH_BYTES = 256, 16 * 2**20
_READ_AHEAD = 2**20


def read(
    content: Path | BinaryIO, text: str, mask: str | None = None, part: Part | None = None
) -> Iterator[Item]:
    """Records by row number, from 1. What cannot be read of a row group is a fault; the rest goes on.

    content: a path, or a seekable stream whose reads are requests; part: the row groups to read, None for
    all.
    """
    if _is_empty(content):
        yield Fault("", "parse.empty_file", "no content")
        return
    number = part.before if part else 0
    try:
        with _opened(content) as file:
            schema = file.schema_arrow
            if text not in (*schema.names, records.WHOLE):
                yield Fault("", "parse.field", f"no column '{text}'; there are {', '.join(schema.names)}")
                return
            wanted = [
                field.name
                for field in schema
                if text == records.WHOLE or field.name in (text, mask) or _is_scalar(field.type)
            ]
            groups = range(part.start, part.stop) if part else range(file.num_row_groups)
            for group in groups:
                after = number + file.metadata.row_group(group).num_rows
                try:
                    for row in _rows_of(file, group, wanted):
                        number += 1
                        if isinstance(row, Fault):
                            yield replace(row, position=str(number))
                        else:
                            yield records.of(row, text, mask, str(number))
                except (pa.ArrowException, OSError) as error:
                    lost = f"; {after - number:,} rows are lost" if after > number else ""
                    yield Fault(str(number or ""), "parse.parquet", f"{_broken(number, error)}{lost}")
                number = after
    except (pa.ArrowException, OSError) as error:
        yield Fault(str(number or ""), "parse.parquet", _broken(number, error))


def row_groups(content: Path | BinaryIO, text: str) -> list[tuple[int, int]]:
    """(rows, bytes uncompressed) of each row group; empty where the file gives no record.

    Raises OSError and pyarrow's exceptions for a file that cannot be opened.
    """
    if _is_empty(content):
        return []
    with _opened(content) as file:
        if text not in (*file.schema_arrow.names, records.WHOLE):
            return []
        groups = map(file.metadata.row_group, range(file.num_row_groups))
        return [(group.num_rows, group.total_byte_size) for group in groups]


def _is_empty(content: Path | BinaryIO) -> bool:
    return not (content.stat().st_size if isinstance(content, Path) else content.seek(0, os.SEEK_END))


def _opened(content: Path | BinaryIO) -> pq.ParquetFile:
    if isinstance(content, Path):
        return pq.ParquetFile(content, buffer_size=_READ_AHEAD)
    return pq.ParquetFile(content, pre_buffer=True)


def _broken(number: int, error: Exception) -> str:
    said = (str(error).splitlines() or [type(error).__name__])[0]
    return f"cannot be read after row {number}: {said}"


def _rows_of(file: pq.ParquetFile, group: int, wanted: list[str]) -> Iterator[dict[str, Any] | Fault]:
    facts = file.metadata.row_group(group)
    average = max(1, facts.total_byte_size // max(1, facts.num_rows))
    rows = max(1, min(_BATCH_ROWS, _BATCH_BYTES // average))
    for batch in file.iter_batches(batch_size=rows, row_groups=[group], columns=wanted):
        yield from _rows(batch)


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | Fault]:
    try:
        rows = batch.to_pylist()
    except UnicodeDecodeError:
        for index in range(batch.num_rows):
            try:
                yield batch.slice(index, 1).to_pylist()[0]
            except UnicodeDecodeError as error:
                yield Fault("", "parse.encoding", f"a string column is not UTF-8: {error}")
        return
    yield from rows


def _is_scalar(kind: pa.DataType) -> bool:
    return any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_boolean,
            pa.types.is_dictionary,
            pa.types.is_temporal,
        )
    )
