"""`incidents.jsonl`: evidence, action and documents of each incident, written before training goes on."""

import json
import os
from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import Any

from rewarm.corpus.tables import ids
from rewarm.corpus.tables.incidents import AlarmRow, Incident, PartRow, read
from rewarm.engine.publish import writing
from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.evidence import Evidence


class Incidents:
    """The table. A resumed run may add an incident again: same update, action and sequences are one.

    unreported: rows that were added and not yet printed; whoever prints them clears the list.
    """

    def __init__(self, path: Path, *, writes: bool) -> None:
        self._path, self._writes = path, writes
        self.unreported: list[Incident] = []
        self._known = {_key(row) for row in read(path)}
        if writes and path.exists():
            # A torn last line (a full disk, a power cut) must not take the next one along.
            whole = path.read_bytes()
            if not whole.endswith(b"\n"):
                os.truncate(path, whole.rfind(b"\n") + 1)

    def forget_after(self, update: int) -> None:
        """Remove the rows of updates from this one on."""
        rows = [row for row in read(self._path) if row["update"] < update]
        self._known = {_key(row) for row in rows}
        if self._writes and self._path.exists():
            with writing(self._path) as aside:
                aside.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def add(self, row: Incident) -> bool:
        """Write a row; False when the same was written before."""
        key = _key(row)
        if key in self._known:
            return False
        self._known.add(key)
        self.unreported.append(row)
        if self._writes:
            with self._path.open("a") as file:
                file.write(json.dumps(row) + "\n")
        return True


def _key(row: Incident) -> tuple[Any, ...]:
    return row["update"], row["action"], row["verdict"], tuple(row["sequences"])


def row(
    update: int,
    stage: str,
    action: str,
    verdict: str,
    alarms: Iterable[Alarm],
    evidence: Evidence | None,
    culprits: Iterable[int],
) -> Incident:
    """One incident. culprits: segments of the evidence."""
    parts: list[PartRow] = []
    sequences: set[int] = set()
    for at in culprits:
        assert evidence is not None
        nats, tokens, size = evidence.sums[at]
        sequences.add(int(evidence.segments.sequence[at]))
        parts.append(
            {
                "id": ids.digits(evidence.segments.document[at : at + 1])[0],
                "sequence": int(evidence.segments.sequence[at]),
                "leaf": int(evidence.segments.leaf[at]),
                "targets": int(tokens),
                "nats_per_token": _plain(nats / tokens if tokens else 0.0),
                "nats_per_byte": _plain(nats / size if size else 0.0),
            }
        )
    return {
        "update": update,
        "stage": stage,
        "action": action,
        "verdict": verdict,
        "alarms": [
            AlarmRow(
                kind=alarm.kind,
                direction=alarm.direction,
                value=_plain(alarm.value),
                expected=_plain(alarm.expected),
                limit=_plain(alarm.limit),
                leaf=alarm.leaf,
            )
            for alarm in alarms
        ],
        "sequences": sorted(sequences),
        "documents": parts,
    }


def _plain(value: float) -> float | str:
    """JSON has no NaN and no infinity."""
    return value if isfinite(value) else str(value)
