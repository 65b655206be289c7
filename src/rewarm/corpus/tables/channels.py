"""`channels.json` of the evaluation: base against result, channel by channel, over held-out documents.

`evaluate/channels.py` writes it. Where nothing was measured it has null, which is NaN here.
"""

import json
from dataclasses import asdict, dataclass, fields
from math import nan
from pathlib import Path
from typing import Any

import pyarrow as pa

from rewarm.corpus.tables.leaves import in_reading_order
from rewarm.statistics.bootstrap import UNKNOWN, Estimate


@dataclass(frozen=True, slots=True)
class Channel:
    """One value of one axis over the held-out documents. Changes are after − before, so negative is
    better; low, high: 95 % interval of change_bits. NaN where there is nothing to measure."""

    axis: str
    value: str
    documents: int
    tokens: int
    bytes: int
    before_nats: float
    after_nats: float
    before_bits: float
    after_bits: float
    change_nats: float
    change_bits: float
    low: float
    high: float

    @property
    def better(self) -> bool:
        """Surely better: the interval lies below zero."""
        return self.high < 0

    @property
    def worse(self) -> bool:
        """Surely worse: the interval lies above zero."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Gain:
    """What the domain gained, what all else gained, and the first beyond the second: bits per byte,
    before − after, so positive is better."""

    domain: Estimate = UNKNOWN
    general: Estimate = UNKNOWN
    beyond: Estimate = UNKNOWN


_TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64()}
SCHEMA = pa.schema([(one.name, _TYPES[one.type]) for one in fields(Channel) if isinstance(one.type, type)])


def read(path: Path) -> tuple[list[Channel], Gain]:
    """The channels, in reading order of axes, and the gain."""
    found = json.loads(path.read_text(encoding="utf-8"))
    channels = [_channel(row) for row in found["channels"]]
    order = {axis: place for place, axis in enumerate(in_reading_order(row.axis for row in channels))}
    gain = Gain(**{name: _estimate(row, "bits_per_byte") for name, row in found["gain"].items()})
    return sorted(channels, key=lambda row: order[row.axis]), gain


def table(channels: list[Channel]) -> pa.Table:
    """The channels as an Arrow table, a column a field of Channel."""
    return pa.Table.from_pylist([asdict(channel) for channel in channels], schema=SCHEMA)


def json_ready(channel: Channel) -> dict[str, Any]:
    """A channel for `--json`: NaN as null, since JSON has none."""
    return {key: None if value != value else value for key, value in asdict(channel).items()}


def number(value: str | float | None) -> float:
    """A float; NaN for null, as JSON writers spell it."""
    return nan if value is None else float(value)


def _estimate(row: dict[str, Any], value: str) -> Estimate:
    return Estimate(number(row[value]), number(row["low"]), number(row["high"]))


def _channel(row: dict[str, Any]) -> Channel:
    before, after, change = row["before"], row["after"], row["change"]
    return Channel(
        axis=str(row["axis"]),
        value=str(row["value"]),
        documents=int(row["documents"]),
        tokens=int(row["tokens"]),
        bytes=int(row["bytes"]),
        before_nats=number(before["nats"]),
        after_nats=number(after["nats"]),
        before_bits=number(before["bits_per_byte"]),
        after_bits=number(after["bits_per_byte"]),
        change_nats=number(change["nats"]),
        change_bits=number(change["bits_per_byte"]),
        low=number(change["low"]),
        high=number(change["high"]),
    )
