"""Parquet: the text column and the columns of short values, batch by batch."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.data.collect import records
from rewarm.data.collect.records import Fault, Item

# Books of 1 MB in 256 rows are 256 MB; larger batches read no faster.
_ROWS = 256


def read(path: Path, text: str, mask: str | None = None) -> Iterator[Item]:
    """Records by row number, from 1. A break in the file ends it; the rows before are kept."""
    if not path.stat().st_size:
        yield Fault("", "parse.empty_file", "no content")
        return
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            if text not in (*schema.names, records.WHOLE):
                yield Fault("", "parse.field", f"no column '{text}'; there are {', '.join(schema.names)}")
                return
            wanted = [
                field.name
                for field in schema
                if text == records.WHOLE or field.name in (text, mask) or _is_scalar(field.type)
            ]
            for batch in file.iter_batches(batch_size=_ROWS, columns=wanted):
                for row in _rows(batch):
                    number += 1
                    if isinstance(row, Fault):
                        yield replace(row, position=str(number))
                    else:
                        yield records.of(row, text, mask, str(number))
    except (pa.ArrowException, OSError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        yield Fault(str(number or ""), "parse.parquet", f"cannot be read after row {number}: {said}")


def _rows(batch: Any) -> Iterator[dict[str, Any] | Fault]:
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


def _is_scalar(kind: Any) -> bool:
    return any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_large_string,
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_boolean,
            pa.types.is_dictionary,
        )
    )
