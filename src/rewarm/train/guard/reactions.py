"""The reactions of the spike guard to an alarm: a table, from the mildest to the last.

A reaction is a function of a `Case`. It returns an `Outcome`, or None to leave the decision to the next
reaction. The last one always decides. `docs/how-to/add-a-guard-action.md` adds one.

Sequences are removed by leaving them out, never by a factor of zero: 0 x NaN is NaN.
"""

from collections.abc import Callable

import numpy as np

from rewarm.train.guard.case import Case, Outcome

Reaction = Callable[[Case], Outcome | None]
_ROUNDS = 4


def recompute(case: Case) -> Outcome | None:
    """Compute the same sequences again, from the same weights. Without an alarm in the second try, chance or
    hardware was the cause, and the second gradient is used."""
    alarms = case.alarms
    case.compute()
    if case.alarms:
        return None
    case.record("recomputed", "chance or hardware", alarms)
    return Outcome(case.evidence)


def go_back_if_diverged(case: Case) -> Outcome | None:
    """`diverged` covers several consecutive updates, so the weights are the cause: go back at once."""
    alarm = next((alarm for alarm in case.alarms if alarm.kind == "diverged"), None)
    if alarm is None:
        return None
    case.record("going back", "the weights have diverged", case.alarms)
    why = f"the loss is {alarm.value:.4g} nats per token and was {alarm.expected:.4g}"
    return Outcome(None, case.suspect(clean=False), roll_back=why)


def quarantine_culprits(case: Case) -> Outcome | None:
    """Quarantine the sequences of the documents that cause the alarm, and use the rest of the update: the
    weights are those of a run without these sequences."""
    for _ in range(_ROUNDS):
        culprits = _culprits(case)
        if not culprits:
            return None
        sequences = {int(case.evidence.segments.sequence[segment]) for segment in culprits}
        case.record("quarantined", "data", case.alarms, culprits)
        case.decisions.quarantine(case.update.stage, sequences)
        case.away |= sequences
        if not case.sequences:
            return Outcome(None, case.suspect(clean=True))
        case.compute()
        if not case.alarms:
            # Diverged weights raise the loss of every document.
            mostly_away = 2 * len(case.away) > len(case.tried)
            return Outcome(case.evidence, case.suspect(clean=True) if mostly_away else None)
    return None


def skip(case: Case) -> Outcome:
    """No document is the cause, so the weights may be: skip the update."""
    case.record("skipped", "not explained by any document", case.alarms)
    return Outcome(None, case.suspect(clean=False))


REACTIONS: tuple[Reaction, ...] = (recompute, go_back_if_diverged, quarantine_culprits, skip)


def _culprits(case: Case) -> list[int]:
    """Segments of the evidence that raised the alarm, by themselves or by their sequence's gradient."""
    segments = sorted({alarm.segment for alarm in case.alarms if alarm.segment >= 0})
    if segments or len(case.sequences) < 2:
        return segments
    if not {alarm.kind for alarm in case.alarms} & {"grad_norm", "non_finite"}:
        return []
    norms = np.array([case.gradient([number]).norm for number in case.sequences])
    usual = np.median(norms[np.isfinite(norms)]) if np.isfinite(norms).any() else 0.0
    bad = ~np.isfinite(norms) | (norms > case.config["norm_factor"] * usual)
    if bad.all():
        return []
    culprits = {number for number, is_bad in zip(case.sequences, bad, strict=True) if is_bad}
    return [
        segment
        for segment, number in enumerate(case.evidence.segments.sequence.tolist())
        if number in culprits
    ]
