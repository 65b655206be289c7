"""Decisions that change the course of a training, on disk before it goes on.

`decisions.json` holds quarantined sequences and factors on the rate and on leaves from some update on.
Training is a pure function of the plan and the decisions, so a run that resumes, or one that knew them
from the start, gives the same weights.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from rewarm.corpus.tables.blocks import Update
from rewarm.engine.publish import writing


class Decisions:
    """What was decided so far. Every change is on disk when its method returns."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        self._path, self._writes = path, writes
        known = json.loads(path.read_text()) if path.exists() else {}
        self._quarantine: dict[str, list[int]] = known.get("quarantine", {})
        self._rate: dict[str, float] = known.get("rate", {})
        self._retained: dict[str, float] = known.get("replay", {})
        self.rollbacks: int = known.get("rollbacks", 0)
        self.rate_cuts: int = known.get("rate_cuts", 0)
        self.stopped: str = known.get("stopped", "")

    def quarantined(self, stage: str) -> set[int]:
        return set(self._quarantine.get(stage, []))

    def quarantine(self, stage: str, sequences: Iterable[int]) -> None:
        """Leave these sequences (numbers in the stage) out from here on. Writes the file."""
        self._quarantine[stage] = sorted(self.quarantined(stage) | set(map(int, sequences)))
        self._write()

    def release(self, stage: str, sequences: Iterable[int]) -> None:
        """Undo a quarantine: the data was not the cause."""
        self._quarantine[stage] = sorted(self.quarantined(stage) - set(map(int, sequences)))
        self._write()

    def rate_factor(self, update: int) -> float:
        """The product of all factors that hold at this update."""
        return float(np.prod([factor for start, factor in self._rate.items() if int(start) <= update]))

    def cut_rate(self, update: int, factor: float) -> None:
        """Multiply the rate from this update on; a second call for the same update replaces the first."""
        self._rate[str(update)] = factor
        self._write()

    def cut_rate_again(self, update: int, factor: float) -> None:
        """As `cut_rate`, on top of an earlier cut at the same update."""
        self.rate_cuts += 1
        self.cut_rate(update, self._rate.get(str(update), 1.0) * factor)

    def retained_factor(self, update: int) -> float:
        """How much more the tokens of the retained leaves weigh at this update."""
        return float(np.prod([factor for start, factor in self._retained.items() if int(start) <= update]))

    def raise_retained(self, update: int, factor: float) -> None:
        """Multiply the weight of the retained leaves from this update on."""
        self._retained[str(update)] = factor
        self._write()

    def stop(self, why: str) -> None:
        """Stop for good: the same run, called again or restarted, stops with the same message."""
        self.stopped = why
        self._write()

    def go_on(self) -> None:
        """The user continues under other settings: forget the stop, and count roll-backs from zero."""
        if self.stopped or self.rollbacks:
            self.stopped, self.rollbacks = "", 0
            self._write()

    def forget_after(self, update: int, plan: Iterable[Update]) -> None:
        """Undo what was decided about updates from this one on, and a stop: training goes back to before it.

        plan: every update of the training.
        """
        for factors in (self._rate, self._retained):
            for start in [start for start in factors if int(start) >= update]:
                del factors[start]
        later: dict[str, set[int]] = {}
        for one in plan:
            if one.number >= update:
                later.setdefault(one.stage, set()).update(one.sequences)
        for stage, sequences in later.items():
            if stage in self._quarantine:
                self._quarantine[stage] = sorted(self.quarantined(stage) - sequences)
        self.stopped = ""
        self._write()

    def count_rollback(self) -> None:
        """Count a rollback. Writes the file."""
        self.rollbacks += 1
        self._write()

    def _write(self) -> None:
        if not self._writes:
            return
        known = {
            "quarantine": self._quarantine,
            "rate": self._rate,
            "replay": self._retained,
            "rollbacks": self.rollbacks,
            "rate_cuts": self.rate_cuts,
            "stopped": self.stopped,
        }
        with writing(self._path) as aside:
            aside.write_text(json.dumps(known))
