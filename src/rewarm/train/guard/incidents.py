"""Decisions and incidents of a run, on disk before training goes on.

`decisions.json` is what changes the course: sequences that are quarantined, factors on the rate and
on leaves from some update on. Training is a pure function of the plan and the decisions, so a run
that resumes, or one that knew them from the start, gives the same weights. `incidents.jsonl` is the
account: what was seen, which documents, what was done.
"""

import json
import os
from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from rewarm.corpus.tables.incidents import AlarmRow, Incident, PartRow, read
from rewarm.engine.publish import writing
from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.evidence import Evidence


class Decisions:
    """What was decided so far. Every change is on disk when its method returns."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        self._path, self._writes = path, writes
        known = json.loads(path.read_text()) if path.exists() else {}
        self._quarantine: dict[str, list[int]] = known.get("quarantine", {})
        self._rate: dict[str, float] = known.get("rate", {})
        self._keep: dict[str, float] = known.get("keep", {})
        self.rollbacks: int = known.get("rollbacks", 0)
        self.rate_cuts: int = known.get("rate_cuts", 0)
        self.stopped: str = known.get("stopped", "")

    def quarantined(self, stage: str) -> set[int]:
        return set(self._quarantine.get(stage, []))

    def quarantine(self, stage: str, sequences: Iterable[int]) -> None:
        found = self.quarantined(stage) | {int(number) for number in sequences}
        self._quarantine[stage] = sorted(found)
        self._write()

    def release(self, stage: str, sequences: Iterable[int]) -> None:
        """Take back a quarantine that was none's fault."""
        found = self.quarantined(stage) - {int(number) for number in sequences}
        self._quarantine[stage] = sorted(found)
        self._write()

    def rate_factor(self, step: int) -> float:
        """The product of all factors that hold at this update."""
        return float(np.prod([factor for start, factor in self._rate.items() if int(start) <= step]))

    def cut_rate(self, step: int, factor: float) -> None:
        """Multiply the rate from this update on; said twice of one update, it counts once."""
        self._rate[str(step)] = factor
        self._write()

    def cut_rate_again(self, step: int, factor: float) -> None:
        """Multiply further what may have been cut at this update before."""
        self.rate_cuts += 1
        self.cut_rate(step, self._rate.get(str(step), 1.0) * factor)

    def keep_factor(self, step: int) -> float:
        """How much more the tokens of what is to be kept weigh at this update."""
        return float(np.prod([factor for start, factor in self._keep.items() if int(start) <= step]))

    def raise_keep(self, step: int, factor: float) -> None:
        self._keep[str(step)] = factor
        self._write()

    def stop(self, why: str) -> None:
        """Stop for good: the same run, called again or restarted, says so again."""
        self.stopped = why
        self._write()

    def go_on(self) -> None:
        """The user goes on under other settings: what stopped the run is over, roll-backs count anew."""
        if self.stopped or self.rollbacks:
            self.stopped, self.rollbacks = "", 0
            self._write()

    def count_rollback(self) -> None:
        self.rollbacks += 1
        self._write()

    def _write(self) -> None:
        if not self._writes:
            return
        known = {
            "quarantine": self._quarantine,
            "rate": self._rate,
            "keep": self._keep,
            "rollbacks": self.rollbacks,
            "rate_cuts": self.rate_cuts,
            "stopped": self.stopped,
        }
        with writing(self._path) as aside:
            aside.write_text(json.dumps(known))


class Incidents:
    """The account. A resumed run may meet an incident again: same update, action and sequences are one."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        self._path, self._writes = path, writes
        self._known = {_key(row) for row in read(path)}
        if writes and path.exists():
            # A torn last line (a full disk, a power cut) must not take the next one along.
            whole = path.read_bytes()
            if not whole.endswith(b"\n"):
                os.truncate(path, whole.rfind(b"\n") + 1)

    def add(self, row: Incident) -> bool:
        """Write a row; False when the same was written before."""
        key = _key(row)
        if key in self._known:
            return False
        self._known.add(key)
        if self._writes:
            with self._path.open("a") as file:
                file.write(json.dumps(row) + "\n")
        return True


def _key(row: Incident) -> tuple[Any, ...]:
    return row["step"], row["action"], row["verdict"], tuple(row["sequences"])


def row(
    step: int,
    stage: str,
    action: str,
    verdict: str,
    alarms: list[Alarm],
    evidence: Evidence | None,
    culprits: Iterable[int],
    ids: list[str],
) -> Incident:
    """One incident. culprits: segments of the evidence; ids: of the pack's documents."""
    parts: list[PartRow] = []
    sequences: set[int] = set()
    for at in culprits:
        assert evidence is not None
        nats, tokens, size = evidence.sums[at]
        sequences.add(int(evidence.segments.sequence[at]))
        parts.append(
            {
                "id": ids[int(evidence.segments.document[at])],
                "sequence": int(evidence.segments.sequence[at]),
                "leaf": int(evidence.segments.leaf[at]),
                "targets": int(tokens),
                "nats_per_token": _plain(nats / tokens if tokens else 0.0),
                "nats_per_byte": _plain(nats / size if size else 0.0),
            }
        )
    return {
        "step": step,
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
