"""The gradient of each update that may be used, and the roll-back when reactions to alarms do not help.

The reactions to one update's alarm are in `reactions.py`. After `max_skips` suspect updates in a row the run
goes back to a good checkpoint, one that some updates without an alarm followed, and the first suspect is
tried from there. If the alarm is raised there too, its data is the cause and the suspects are quarantined;
otherwise the weights are: the rate is lowered and the suspects' sequences are released. Updates most of whose
sequences were quarantined are suspects too, since diverged weights raise the loss of every document.

After `max_rollbacks` the run stops. If weights and not data were the cause, the error says that the learning
rate is too high, what it was, and what to set.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewarm.corpus.tables.blocks import Blocks, Update
from rewarm.errors import RewarmError
from rewarm.train.guard import incidents
from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.case import Case, Gradients, Suspect
from rewarm.train.guard.decisions import Decisions
from rewarm.train.guard.evidence import Evidence
from rewarm.train.guard.incidents import Incidents
from rewarm.train.guard.judge import Guard
from rewarm.train.guard.reactions import REACTIONS, Reaction


class RollBack(Exception):
    """Raised when the run must go back to before the suspects. diverged: the weights are the cause."""

    def __init__(self, suspects: list[Suspect], *, diverged: bool = False) -> None:
        super().__init__(suspects[0].update.number)
        self.suspects, self.diverged = suspects, diverged


@dataclass
class Recovery:
    """config: the recipe's `guard`; rates: a stage's peak learning rate as
    planned, and the rate that `auto` would take; reactions: to an alarm; the last one always decides."""

    gradients: Gradients
    guard: Guard
    decisions: Decisions
    incidents: Incidents
    blocks: dict[str, Blocks]
    config: dict[str, Any]
    rates: Callable[[str], tuple[float, float]]
    reactions: tuple[Reaction, ...] = REACTIONS
    _suspects: list[Suspect] = field(default_factory=list)

    def gradient(self, update: Update, leaf_weights: np.ndarray) -> Evidence | None:
        """Leave the update's gradient in the parameters; None when the update is not to be used.

        leaf_weights: float64 [leaves], factors of each leaf's tokens in the loss.
        Raises RollBack when the run must go back, RewarmError when it must stop.
        """
        self.guard.enter(update.stage)
        quarantined = self.decisions.quarantined(update.stage)
        sequences = [number for number in update.sequences if number not in quarantined]
        if not sequences:
            return None

        def gradient(numbers: Sequence[int]) -> Evidence:
            return self.gradients.of(self.blocks[update.stage], numbers, leaf_weights)

        evidence = gradient(sequences)
        alarms = self.guard.judge(evidence)
        if not alarms:
            self._suspects.clear()
            return evidence
        case = Case(
            update, sequences, evidence, alarms, self.config, self.decisions, gradient, self.guard.judge,
            self._add_incident,
        )  # fmt: skip
        outcomes = (react(case) for react in self.reactions)
        outcome = next(outcome for outcome in outcomes if outcome is not None)
        if outcome.suspect is None:
            self._suspects.clear()
            return outcome.evidence
        self._suspects.append(outcome.suspect)
        if outcome.roll_back:
            self._stop_at_the_limit(update, outcome.roll_back)
            raise RollBack(self._suspects.copy(), diverged=True)
        if len(self._suspects) > self.config["max_skips"]:
            seen = f"{len(self._suspects)} updates in a row are beyond the usual"
            self._stop_at_the_limit(update, seen)
            raise RollBack(self._suspects.copy())
        return outcome.evidence

    def state(self) -> list[list[Any]]:
        """The suspects so far, as plain values for a checkpoint."""
        return [[one.update.number, one.tried, one.away, one.clean] for one in self._suspects]

    def load(self, state: list[list[Any]], plan: list[Update]) -> None:
        """Continue with a checkpoint's suspects."""
        self._suspects = [Suspect(plan[number], tried, away, clean) for number, tried, away, clean in state]

    def good(self, checkpoints: list[int], done: int, *, sound: bool = False) -> int | None:
        """The newest checkpoint that `good_after` updates without an alarm followed.

        Without one, the oldest: a checkpoint that the run went back to before was good then.

        Args:
            checkpoints: finished updates of each, newest first.
            done: finished updates.
            sound: take only a checkpoint at which the loss was near the best level so far.
        """
        first_bad = self._suspects[0].update.number if self._suspects else done
        if sound:
            first_bad = min(first_bad, done - self.guard.unsound)
        good = [
            updates
            for updates in checkpoints
            if updates == 0 or updates + self.config["good_after"] <= first_bad
        ]
        return next(iter([*good, *checkpoints[::-1]]), None)

    def try_from_here(self, suspects: list[Suspect], leaf_weights: np.ndarray) -> str:
        """`data` when the first suspect update raises an alarm from the present weights, else `state`.

        leaf_weights: float64 [leaves], factors of the leaves' token weights.
        """
        first = suspects[0]
        self.guard.enter(first.update.stage)
        evidence = self.gradients.of(self.blocks[first.update.stage], first.tried, leaf_weights)
        return "data" if self.guard.judge(evidence) else "state"

    def went_back(self, done: int, suspects: list[Suspect], verdict: str) -> None:
        """Record a roll-back to `done` finished updates: quarantine the suspects, or lower the rate."""
        self.decisions.count_rollback()
        action = f"went back to update {done}"
        if verdict == "data":
            for suspect in suspects:
                self._quarantine(suspect)
        else:
            self.decisions.cut_rate_again(done, self.config["rate_cut"])
            action += f", rate x {self.decisions.rate_factor(done):g}"
            for suspect in suspects:
                self.decisions.release(suspect.update.stage, suspect.away)
        self._add_incident(suspects[0].update, action, verdict)
        self._suspects.clear()

    def _quarantine(self, suspect: Suspect) -> None:
        """Quarantine all sequences of the suspect, unless the rest raised no alarm without its culprits."""
        if suspect.clean:
            return
        evidence, sequences = suspect.evidence, set(suspect.tried)
        if evidence is not None:
            held = evidence.segments.sequence.tolist()
            culprits = [segment for segment, number in enumerate(held) if number in sequences]
            self._add_incident(suspect.update, "quarantined", "data", [], evidence, culprits)
        self.decisions.quarantine(suspect.update.stage, suspect.tried)

    def _stop_at_the_limit(self, update: Update, seen: str) -> None:
        """Raises RewarmError after the last roll-back."""
        rollbacks, cuts = self.decisions.rollbacks, self.decisions.rate_cuts
        if rollbacks < self.config["max_rollbacks"]:
            return
        rate, advised = self.rates(update.stage)
        used = rate * self.decisions.rate_factor(update.number)
        where = f"train: update {update.number} ({update.stage}): {seen}, after {rollbacks} roll-backs"
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

    def _add_incident(
        self,
        update: Update,
        action: str,
        verdict: str,
        alarms: Sequence[Alarm] = (),
        evidence: Evidence | None = None,
        culprits: Iterable[int] = (),
    ) -> None:
        row = incidents.row(update.number, update.stage, action, verdict, alarms, evidence, culprits)
        self.incidents.add(row)
