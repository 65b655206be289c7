"""The attributes that `collect` writes beside every document: when it was written, and what its publisher
says about its use (`docs/dates.md`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables.catalogue import PROVENANCE
from rewarm.engine.publish import writing

UNKNOWN = "unknown"
# How the reasons begin for which `collect` leaves out documents that it could read.
LEFT_OUT = ("date.", "rights.")
SCHEMA = pa.schema([("id", pa.string()), *((name, pa.string()) for name in PROVENANCE.columns)])


@dataclass(frozen=True, slots=True)
class Provenance:
    """date: `2024`, `2024-03`, `2024-03-05` (UTC) or `unknown`; date_precision: year, month, day or unknown;
    date_origin: the field or header, such as `field created`, `pdf CreationDate`, `mail Date`, None where
    unknown; licence: as found, None where nothing says; rights: reservations apart by a space, sorted, such
    as `noai tdm-reserved`, None where none was found."""

    date: str = UNKNOWN
    date_precision: str = UNKNOWN
    date_origin: str | None = None
    licence: str | None = None
    licence_origin: str | None = None
    rights: str | None = None


# Tuples of text alone: 100,000 objects that wait for their shard are searched by Python's garbage collector
# again and again, which took a quarter of the time of `collect`.
Row = tuple[str | None, ...]
# `dataclasses.astuple` copies every value, which took a third of it.
_VALUES = attrgetter(*PROVENANCE.columns)


def row(identity: str, found: Provenance) -> Row:
    """A row of the table: id, and what is known of the document."""
    return (identity, *_VALUES(found))


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write a shard."""
    path.parent.mkdir(exist_ok=True)
    columns = [*zip(*rows, strict=True)] or [()] * len(SCHEMA)
    arrays = [pa.array(column, pa.string()) for column in columns]
    with writing(path) as aside:
        pq.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA), aside, compression="zstd")
