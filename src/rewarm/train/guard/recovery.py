"""What happens when the guard raises an alarm, from the mildest to the last.

1. The same sequences once more, from the same weights. If the alarm is gone, chance or hardware did
   it: the second gradient is used and nothing is lost.
2. If it stays, who did it? Documents beyond their leaf's usual loss, else sequences whose own
   gradient is beyond the others'. Their sequences are quarantined, and the rest of the update is
   used: the weights are those of a run that never saw them.
3. If no one did, the state may have: the update is skipped.
4. After `max_skips` in a row the run goes back to a good checkpoint, one that some updates without
   an alarm followed, and the first suspect update is tried from there. If the alarm comes there too,
   its data did it and the suspects are quarantined; else the state did, the rate is lowered, and what
   was quarantined for it comes back. Updates most of whose sequences were quarantined count among
   them: where the weights have gone bad, every document is beyond the usual.
5. After `max_rollbacks` the run stops. If weights and not data were the cause, it says that the
   learning rate is too high, which it was, and what to set.

`diverged` speaks of several updates in a row and therefore of the weights: it skips nothing, goes
back at once, to a checkpoint from before the rise, and lowers the rate.

Nothing is ever multiplied by zero to make it go away: 0 x NaN is NaN.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewarm.corpus.tables.blocks import Blocks, Update
from rewarm.corpus.tables.incidents import Incident
from rewarm.errors import RewarmError
from rewarm.train.gradient import Gradients
from rewarm.train.guard import incidents
from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.evidence import Evidence
from rewarm.train.guard.incidents import Decisions, Incidents
from rewarm.train.guard.judge import Guard

_ROUNDS = 4


@dataclass(frozen=True)
class Suspect:
    """An update that was not used as it came. tried: its sequences then; away: those of them that were
    quarantined for it; clean: whether nothing was wrong with the others; evidence: of the last try, None
    after a resume."""

    update: Update
    tried: list[int]
    away: list[int]
    clean: bool
    evidence: Evidence | None = None


class BackTo(Exception):
    """The run must go back to before the suspects. diverged: the weights are known to be the cause."""

    def __init__(self, suspects: list[Suspect], *, diverged: bool = False) -> None:
        super().__init__(suspects[0].update.step)
        self.suspects, self.diverged = suspects, diverged


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
    rates: Callable[[str], tuple[float, float]]
    """Stage → its peak learning rate as planned, and the rate that `auto` would take."""
    told: list[Incident] = field(default_factory=list)
    _suspects: list[Suspect] = field(default_factory=list)

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
            elif any(alarm.kind == "diverged" for alarm in still):
                self._diverged(update, numbers, again, still)
            else:
                found = self._without_culprits(update, numbers, again, still, leaf_weights)
                if self._suspects and self._suspects[-1].update.step == update.step:
                    return found
                assert found is not None
                evidence = found
        self._suspects.clear()
        return evidence

    def state(self) -> list[list[Any]]:
        """The suspects so far, as plain values for a checkpoint."""
        return [[one.update.step, one.tried, one.away, one.clean] for one in self._suspects]

    def load(self, state: list[list[Any]], plan: list[Update]) -> None:
        """Go on from a checkpoint's suspects."""
        self._suspects = [Suspect(plan[step], tried, away, clean) for step, tried, away, clean in state]

    def good(self, checkpoints: list[int], now: int, *, sound: bool = False) -> int | None:
        """The newest checkpoint that `good_after` updates without an alarm followed; `sound`: and at which
        the loss was near the best level so far.

        Where there is none left, the oldest: what was gone back to once was good then.
        """
        after = self.config["good_after"]
        first_bad = self._suspects[0].update.step if self._suspects else now
        if sound:
            first_bad = min(first_bad, now - self.guard.unsound)
        found = [step for step in checkpoints if step == 0 or step + after <= first_bad]
        return next(iter([*found, *checkpoints[::-1]]), None)

    def try_from_here(self, suspects: list[Suspect], weights: np.ndarray) -> str:
        """`data` when the first suspect update alarms from the state that stands now, else `state`."""
        first = suspects[0]
        self.guard.enter(first.update.stage)
        evidence = self._of(first.update, first.tried, weights)
        return "data" if self.guard.judge(evidence) else "state"

    def went_back(self, step: int, suspects: list[Suspect], verdict: str) -> None:
        """Account for a roll-back, and decide what is different this time."""
        self.decisions.count_rollback()
        action = f"went back to update {step}"
        if verdict == "data":
            for one in suspects:
                self._quarantine_all(one)
        else:
            self.decisions.cut_rate_again(step, self.config["rate_cut"])
            action += f", rate x {self.decisions.rate_factor(step):g}"
            for one in suspects:
                self.decisions.release(one.update.stage, one.away)
        self._tell(suspects[0].update, action, verdict, [], None, [])
        self._suspects.clear()

    def _quarantine_all(self, suspect: Suspect) -> None:
        """What the suspect held, unless its culprits are away and the rest was clean; with its documents,
        where known."""
        if suspect.clean:
            return
        evidence, sequences = suspect.evidence, set(suspect.tried)
        if evidence is not None:
            held = evidence.segments.sequence.tolist()
            culprits = [at for at, number in enumerate(held) if number in sequences]
            self._tell(suspect.update, "quarantined", "data", [], evidence, culprits)
        self.decisions.quarantine(suspect.update.stage, suspect.tried)

    def _without_culprits(
        self,
        update: Update,
        numbers: list[int],
        evidence: Evidence,
        alarms: list[Alarm],
        leaf_weights: np.ndarray,
    ) -> Evidence | None:
        """The update's gradient without those who raised the alarm; None when none may be used."""
        tried, gone = numbers, set[int]()
        for _ in range(_ROUNDS):
            culprits = self._culprits(update, numbers, evidence, alarms, leaf_weights)
            if not culprits:
                break
            away = {int(evidence.segments.sequence[at]) for at in culprits}
            self._tell(update, "quarantined", "data", alarms, evidence, culprits)
            self.decisions.quarantine(update.stage, away)
            gone |= away
            numbers = [number for number in numbers if number not in away]
            if not numbers:
                self._suspect(Suspect(update, tried, sorted(gone), True, evidence))
                return None
            evidence = self._of(update, numbers, leaf_weights)
            alarms = self.guard.judge(evidence)
            if not alarms:
                if 2 * len(gone) > len(tried):
                    self._suspect(Suspect(update, tried, sorted(gone), True, evidence))
                return evidence
        self._tell(update, "skipped", "not explained by any document", alarms, None, [])
        self._suspect(Suspect(update, tried, sorted(gone), False, evidence))
        return None

    def _suspect(self, suspect: Suspect) -> None:
        self._suspects.append(suspect)
        if len(self._suspects) > self.config["max_skips"]:
            seen = f"{len(self._suspects)} updates in a row are beyond the usual"
            self._stop_at_the_limit(suspect.update, seen)
            raise BackTo(list(self._suspects))

    def _diverged(self, update: Update, numbers: list[int], evidence: Evidence, alarms: list[Alarm]) -> None:
        """Go back to before the rise, or stop."""
        self._tell(update, "going back", "the weights have diverged", alarms, None, [])
        alarm = next(alarm for alarm in alarms if alarm.kind == "diverged")
        seen = f"the loss is {alarm.value:.4g} nats per token and was {alarm.expected:.4g}"
        self._stop_at_the_limit(update, seen)
        raise BackTo([*self._suspects, Suspect(update, numbers, [], False, evidence)], diverged=True)

    def _stop_at_the_limit(self, update: Update, seen: str) -> None:
        """Raises RewarmError after the last roll-back."""
        rollbacks, cuts = self.decisions.rollbacks, self.decisions.rate_cuts
        if rollbacks < self.config["max_rollbacks"]:
            return
        rate, advised = self.rates(update.stage)
        used = rate * self.decisions.rate_factor(update.step)
        where = f"train: update {update.step} ({update.stage}): {seen}, after {rollbacks} roll-backs"
        if cuts:
            lower = advised if advised < used else used / 10
            raise RewarmError(
                f"{where}; {cuts} of them lowered the learning rate, from {rate:.2g} to {used:.2g}. The "
                f"learning rate is too high: set schedule.peak of stage {update.stage} to {lower:.2g} or "
                f"less (`auto` takes {advised:.2g}). If it was that low before, check the hardware with "
                "`rewarm doctor`. `rewarm incidents RUN` lists what was seen"
            )
        raise RewarmError(
            f"{where}. Data caused it: the alarm came back from a good checkpoint too. `rewarm "
            "incidents RUN` lists the documents; take them out, or raise guard.max_rollbacks"
        )

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
