"""An update that raised an alarm: what the reactions to it know, and what they return."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from rewarm.corpus.tables.blocks import Blocks, Update
from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.decisions import Decisions
from rewarm.train.guard.evidence import Evidence


class Gradients(Protocol):
    """Computes the gradient of sequences (`train.gradient`)."""

    def of(self, blocks: Blocks, numbers: Sequence[int], leaf_weights: np.ndarray) -> Evidence:
        """Leave the gradient of these sequences in the parameters. leaf_weights: float64 [leaves]."""


@dataclass(frozen=True)
class Suspect:
    """An update that was not used as it was planned.

    tried: its sequences at that time; away: those of them that were quarantined for it; clean: whether the
    others raised no alarm; evidence: of the last computation, None after a resume.
    """

    update: Update
    tried: list[int]
    away: list[int]
    clean: bool
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Outcome:
    """What a reaction decided.

    evidence: of the gradient to use, which is in the parameters; None skips the update.
    suspect: counts towards a roll-back after `guard.max_skips`.
    roll_back: why the run must go back at once, because of the weights; "" when it need not.
    """

    evidence: Evidence | None
    suspect: Suspect | None = None
    roll_back: str = ""


@dataclass
class Case:
    """An update with its evidence and alarms; `compute` replaces both.

    tried: its sequences; away: those that were quarantined for it so far; config: the recipe's `guard`;
    gradient: of some sequences, left in the parameters; judge: alarms of an evidence; add_incident: takes
    action, verdict, alarms and the segments of the evidence that caused them.
    """

    update: Update
    tried: list[int]
    evidence: Evidence
    alarms: list[Alarm]
    config: dict[str, Any]
    decisions: Decisions
    gradient: Callable[[Sequence[int]], Evidence]
    judge: Callable[[Evidence], list[Alarm]]
    add_incident: Callable[[Update, str, str, list[Alarm], Evidence, Iterable[int]], None]
    away: set[int] = field(default_factory=set)

    @property
    def sequences(self) -> list[int]:
        """Those that are left."""
        return [number for number in self.tried if number not in self.away]

    def compute(self) -> None:
        """Compute the gradient of the sequences that are left, and judge it."""
        self.evidence = self.gradient(self.sequences)
        self.alarms = self.judge(self.evidence)

    def record(self, action: str, verdict: str, alarms: list[Alarm], culprits: Iterable[int] = ()) -> None:
        """Add an incident. culprits: segments of the evidence."""
        self.add_incident(self.update, action, verdict, alarms, self.evidence, culprits)

    def suspect(self, *, clean: bool) -> Suspect:
        return Suspect(self.update, self.tried, sorted(self.away), clean, self.evidence)
