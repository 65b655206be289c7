"""What happens when the guard raises an alarm, from the mildest to the last.

1. The same sequences once more, from the same weights. If the alarm is gone, chance or hardware did
   it: the second gradient is used and nothing is lost.
2. If it stays, who did it? Documents beyond their leaf's usual loss, else sequences whose own
   gradient is beyond the others'. Their sequences are quarantined, and the rest of the update is
   used: the weights are those of a run that never saw them.
3. If no one did, the state may have: the update is skipped.
4. After `max_skips` in a row the run goes back to a good checkpoint, one that some updates without
   an alarm followed, and the first suspect update is tried from there. If the alarm comes there too,
   its data did it and the suspects are quarantined; else the state did, and the rate is lowered.
5. After `max_rollbacks` the run stops.

Nothing is ever multiplied by zero to make it go away: 0 x NaN is NaN.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewarm.corpus.blocks import Blocks, Update
from rewarm.errors import RewarmError
from rewarm.train import incidents
from rewarm.train.evidence import Evidence
from rewarm.train.gradient import Gradients
from rewarm.train.guard import Alarm, Guard
from rewarm.train.incidents import Decisions, Incidents

_ROUNDS = 4


class BackTo(Exception):
    """The run must go back to before the suspects."""

    def __init__(self, suspects: list[Update]) -> None:
        super().__init__(suspects[0].step)
        self.suspects = suspects


@dataclass
class Recovery:
    """The gradient of each update, as it may be used."""

    gradients: Gradients
    guard: Guard
    decisions: Decisions
    account: Incidents
    blocks: dict[str, Blocks]
    ids: list[str]
    config: dict[str, Any]
    told: list[dict[str, Any]] = field(default_factory=list)
    _skipped: list[Update] = field(default_factory=list)

    def gradient(self, update: Update, leaf_weights: np.ndarray) -> Evidence | None:
        """Leave the update's gradient in the parameters; None when the update is not to be used.

        Raises BackTo when the run must go back, RewarmError when it must stop.
        """
        self.guard.enter(update.stage)
        away = self.decisions.quarantined(update.stage)
        numbers = [number for number in update.sequences if number not in away]
        if not numbers:
            return None
        evidence = self._of(update, numbers, leaf_weights)
        alarms = self.guard.judge(evidence)
        if alarms:
            again = self._of(update, numbers, leaf_weights)
            still = self.guard.judge(again)
            if not still:
                self._tell(update, "recomputed", "chance or hardware", alarms, None, [])
                evidence = again
            else:
                found = self._without_culprits(update, numbers, again, still, leaf_weights)
                if found is None:
                    return None
                evidence = found
        self._skipped.clear()
        return evidence

    def good(self, checkpoints: list[int], now: int) -> int | None:
        """The newest checkpoint that `good_after` updates without an alarm followed.

        Where there is none left, the oldest: what was gone back to once was good then.
        """
        after = self.config["good_after"]
        first_bad = self._skipped[0].step if self._skipped else now
        found = [step for step in checkpoints if step == 0 or step + after <= first_bad]
        return next(iter([*found, *checkpoints[::-1]]), None)

    def try_from_here(self, suspects: list[Update], weights: np.ndarray) -> str:
        """`data` when the first suspect update alarms from the state that stands now, else `state`."""
        update = suspects[0]
        self.guard.enter(update.stage)
        evidence = self._of(update, list(update.sequences), weights)
        return "data" if self.guard.judge(evidence) else "state"

    def went_back(self, step: int, suspects: list[Update], verdict: str) -> None:
        """Account for a roll-back, and decide what is different this time."""
        first = suspects[0]
        self.decisions.count_rollback()
        action = f"went back to update {step}"
        if verdict == "data":
            for update in suspects:
                self.decisions.quarantine(update.stage, update.sequences)
        else:
            self.decisions.cut_rate_again(step, self.config["rate_cut"])
            action += f", rate x {self.config['rate_cut']:g}"
        self._tell(first, action, verdict, [], None, [])
        self._skipped.clear()

    def _without_culprits(
        self,
        update: Update,
        numbers: list[int],
        evidence: Evidence,
        alarms: list[Alarm],
        leaf_weights: np.ndarray,
    ) -> Evidence | None:
        """The update's gradient without those who raised the alarm; None when none may be used."""
        for _ in range(_ROUNDS):
            culprits = self._culprits(update, numbers, evidence, alarms, leaf_weights)
            if not culprits:
                break
            away = {int(evidence.segments.sequence[at]) for at in culprits}
            self._tell(update, "quarantined", "data", alarms, evidence, culprits)
            self.decisions.quarantine(update.stage, away)
            numbers = [number for number in numbers if number not in away]
            if not numbers:
                return None
            evidence = self._of(update, numbers, leaf_weights)
            alarms = self.guard.judge(evidence)
            if not alarms:
                return evidence
        self._skipped.append(update)
        self._tell(update, "skipped", "not explained by any document", alarms, None, [])
        if len(self._skipped) > self.config["max_skips"]:
            if self.decisions.rollbacks >= self.config["max_rollbacks"]:
                raise RewarmError(
                    f"train: update {update.step} ({update.stage}): {len(self._skipped)} updates in a row "
                    f"are beyond the usual, after {self.decisions.rollbacks} roll-backs. "
                    "`rewarm incidents RUN` lists them; lower schedule.peak, take the documents out, or "
                    "raise guard.max_rollbacks"
                )
            raise BackTo(list(self._skipped))
        return None

    def _culprits(
        self,
        update: Update,
        numbers: list[int],
        evidence: Evidence,
        alarms: list[Alarm],
        leaf_weights: np.ndarray,
    ) -> list[int]:
        """Segments of the evidence that raised the alarm, by themselves or by their sequence."""
        found = sorted({alarm.segment for alarm in alarms if alarm.segment >= 0})
        if found or len(numbers) < 2:
            return found
        if not {alarm.kind for alarm in alarms} & {"grad_norm", "non_finite"}:
            return []
        norms = np.array([self._of(update, [number], leaf_weights).norm for number in numbers])
        usual = np.median(norms[np.isfinite(norms)]) if np.isfinite(norms).any() else 0.0
        bad = ~np.isfinite(norms) | (norms > self.config["norm_factor"] * usual)
        if bad.all():
            return []
        sequences = {number for number, is_bad in zip(numbers, bad, strict=True) if is_bad}
        return [at for at, number in enumerate(evidence.segments.sequence.tolist()) if number in sequences]

    def _of(self, update: Update, numbers: list[int], leaf_weights: np.ndarray) -> Evidence:
        return self.gradients.of(self.blocks[update.stage], numbers, leaf_weights)

    def _tell(
        self,
        update: Update,
        action: str,
        verdict: str,
        alarms: list[Alarm],
        evidence: Evidence | None,
        culprits: list[int],
    ) -> None:
        row = incidents.row(update.step, update.stage, action, verdict, alarms, evidence, culprits, self.ids)
        if self.account.add(row):
            self.told.append(row)
