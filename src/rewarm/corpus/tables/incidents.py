"""The account of a training, `incidents.jsonl`: what the guard saw, what it did, and which documents.

`train/guard/incidents.py` writes it. JSON has no NaN and no infinity: a value that is not finite is the
text of it (`"nan"`, `"inf"`), which `float` reads.
"""

import json
from pathlib import Path
from typing import TypedDict

import pyarrow as pa

Number = float | str


class AlarmRow(TypedDict):
    """A value beyond its limit, as `train/guard/alarm.py` describes it; leaf: -1 for the whole update."""

    kind: str
    direction: str
    value: Number
    expected: Number
    limit: Number
    leaf: int


class PartRow(TypedDict):
    """A part of a document that did it. targets: its tokens with loss."""

    id: str
    sequence: int
    leaf: int
    targets: int
    nats_per_token: Number
    nats_per_byte: Number


class Incident(TypedDict):
    """A line of the account. update: its number; sequences: their numbers in the stage."""

    update: int
    stage: str
    action: str
    verdict: str
    alarms: list[AlarmRow]
    sequences: list[int]
    documents: list[PartRow]


_ALARM = [("kind", pa.string()), ("direction", pa.string()), ("value", pa.float64()),
          ("expected", pa.float64()), ("limit", pa.float64()), ("leaf", pa.int64())]  # fmt: skip
_PART = [("id", pa.string()), ("sequence", pa.int64()), ("leaf", pa.int64()), ("targets", pa.int64()),
         ("nats_per_token", pa.float64()), ("nats_per_byte", pa.float64())]  # fmt: skip
SCHEMA = pa.schema(
    [
        ("update", pa.int64()), ("stage", pa.string()), ("action", pa.string()), ("verdict", pa.string()),
        ("alarms", pa.list_(pa.struct(_ALARM))), ("sequences", pa.list_(pa.int64())),
        ("documents", pa.list_(pa.struct(_PART))),
    ]
)  # fmt: skip


def read(path: Path) -> list[Incident]:
    """The rows of an account, whole lines only; none where there is no account."""
    if not path.exists():
        return []
    rows = []
    for line in path.read_text().split("\n")[:-1]:
        try:
            rows.append(json.loads(line))
        except ValueError:  # What an earlier version joined to a torn line.
            continue
    return rows


def table(rows: list[Incident]) -> pa.Table:
    """The rows as an Arrow table of SCHEMA; what is not finite as NaN or infinity."""
    plain = [
        {
            "update": row["update"],
            **{key: row[key] for key in ("stage", "action", "verdict", "sequences")},
            "alarms": [
                {**alarm, **{key: float(alarm[key]) for key in ("value", "expected", "limit")}}
                for alarm in row["alarms"]
            ],
            "documents": [
                {**part, **{key: float(part[key]) for key in ("nats_per_token", "nats_per_byte")}}
                for part in row["documents"]
            ],
        }
        for row in rows
    ]
    return pa.Table.from_pylist(plain, schema=SCHEMA)
