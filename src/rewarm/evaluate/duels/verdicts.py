"""The table of verdicts: a row for each answer of the judge and dimension.

`verdict` is what the judge said of the order it saw, `winner` the same as a model's name or `tie`; both are
null where there is no usable answer, and `rejected` says why.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.engine.publish import writing
from rewarm.errors import RewarmError

Order = Literal["result_first", "base_first"]
ORDERS: tuple[Order, Order] = ("result_first", "base_first")
TIE = "tie"
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("result", pa.string()),
        ("base", pa.string()),
        ("dimension", pa.string()),
        ("order", pa.string()),
        # 0, or 1 where the same pair was judged again to measure the judge's agreement with itself.
        ("repeat", pa.int8()),
        ("verdict", pa.string()),
        ("winner", pa.string()),
        ("reason", pa.string()),
        ("rejected", pa.string()),
        ("judge", pa.string()),
        # In the cache of the client.
        ("answer", pa.string()),
    ]
)


@dataclass(frozen=True)
class Verdict:
    """A row of the table; "" where the table has null."""

    id: str
    result: str
    base: str
    dimension: str
    order: Order
    repeat: int
    verdict: str
    reason: str = ""
    rejected: str = ""
    judge: str = ""
    answer: str = ""

    @property
    def winner(self) -> str:
        """A model's name or `tie`; "" without a verdict."""
        if self.verdict in ("", TIE):
            return self.verdict
        return self.result if (self.verdict == "first") == (self.order == "result_first") else self.base


def write(verdicts: Iterable[Verdict], path: Path) -> None:
    """Write the table. Whole or not at all."""
    rows = [
        {key: None if value == "" else value for key, value in {**asdict(one), "winner": one.winner}.items()}
        for one in verdicts
    ]
    with writing(path) as aside:
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), aside)


def read(path: Path) -> list[Verdict]:
    """The rows of a table. Raises RewarmError where it is not there or not one of ours."""
    try:
        rows = pq.read_table(path, schema=SCHEMA).drop_columns("winner").to_pylist()
    except FileNotFoundError:
        raise RewarmError(f"{path}: not there; `rewarm duel run` writes it") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise RewarmError(f"{path}: is no table of verdicts: {error}; run `rewarm duel run` again") from None
    cleaned: list[dict[str, Any]] = [
        {key: "" if value is None else value for key, value in row.items()} for row in rows
    ]
    return [Verdict(**row) for row in cleaned]
