"""The ledger: what every step did to a document, and why."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.engine.publish import writing

EXCERPT = 200
# Controls, format characters, separators other than a space: what a terminal or page should not meet.
_UNPRINTABLE = r"[^\P{C}\n\t]|[^\P{Z} ]"

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("step", pa.string()),
        ("verdict", pa.string()),
        ("reason", pa.string()),
        ("score", pa.float64()),
        ("threshold", pa.float64()),
        ("match", pa.string()),
        ("origin", pa.string()),
        ("excerpt", pa.string()),
    ]
)


Action = Literal["keep", "drop", "edit", "mask", "route", "repeat"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row. `id` is empty for a file that gave no document; `excerpt` is cut to 200 characters."""

    id: str
    source: str
    step: str
    verdict: Action
    reason: str
    origin: str
    excerpt: str = ""
    score: float | None = None
    threshold: float | None = None
    match: str = ""


def write(path: Path, verdicts: list[Verdict]) -> None:
    """Write one shard of a step's ledger; an empty one too, so that its absence means unfinished."""
    columns = {name: [getattr(verdict, name) for verdict in verdicts] for name in SCHEMA.names}
    columns["excerpt"] = [_printable(excerpt) for excerpt in columns["excerpt"]]
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as aside:
        pq.write_table(pa.table(columns, schema=SCHEMA), aside, compression="zstd")


def table(**columns: pa.Array | pa.ChunkedArray | str | float | None) -> pa.Table:
    """A part of a ledger from columns: arrays of one length, or one value; `excerpt` may be whole texts."""
    rows = len(columns["id"])  # type: ignore[arg-type]
    columns["excerpt"] = pc.replace_substring_regex(
        pc.utf8_slice_codeunits(columns["excerpt"], 0, EXCERPT), _UNPRINTABLE, "\ufffd"
    )
    arrays = [
        column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.repeat(pa.scalar(column), rows)
        for column in (columns[name] for name in SCHEMA.names)
    ]
    return pa.table(arrays, names=SCHEMA.names).cast(SCHEMA)


def write_tables(path: Path, parts: list[pa.Table]) -> None:
    """Write one shard of a step's ledger from such parts; an empty one too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as aside:
        pq.write_table(pa.concat_tables([SCHEMA.empty_table(), *parts]), aside, compression="zstd")


def _printable(text: str) -> str:
    """The start of a text, safe for Parquet and a terminal: lone surrogates and controls replaced."""
    cut = text[:EXCERPT].encode("utf-8", "replace").decode("utf-8")
    if cut.replace("\n", "").replace("\t", "").isprintable():
        return cut
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in cut)
