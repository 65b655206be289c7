"""Does the domain fall, and does the general text stay where it was?"""

from collections.abc import Iterator

from rewarm.diagnose.change import Change, confidence
from rewarm.diagnose.finding import Finding, Severity
from rewarm.diagnose.rules.level import is_high, is_low
from rewarm.diagnose.series import Series
from rewarm.diagnose.view import View

STRONG = 0.15  # nats per token
# Of the whole fall in the first quarter of the stage. Plain text that is new to a base has 0.6 to 0.75; so
# it takes more to be a pattern, or a format that the texts show.
FAST, FORMAT_FAST = 0.8, 0.6
# Characters that are signs of a format, and text in lines that documents share. Code has 0.06 of the first.
MARKUP, FRAME = 0.1, 0.1
RECOVERS = "the base is an instruct model, which recovers plain text first"


def domain(view: View) -> Iterator[Finding]:
    """The domain's loss falls clearly: learned; or it does not, and why. On an instruct base, which recovers
    plain text, it has to fall by more than that of general text."""
    recovered = _recovered(view)
    for one in view.domains:
        change, measured = one.change, view.measured(one)
        evidence = {"change": change.nats, "error": change.error, "start_bits": view.start(one)}
        if measured.held_out:
            evidence |= {"held_out": measured.nats, "held_out_error": measured.error}
        clear = [own for own in (change, measured) if own.minus(recovered).falls(one.least)]
        worse = measured.held_out and measured.rises(2 * one.least)
        if clear and not worse:
            shown = clear[0]
            where = "" if shown is change else " on held-out documents"
            yield Finding(
                "domain-falls", "good", one.name, one.stage,
                f"the loss fell by {-shown.nats:.2f} nats per token{where}: domain knowledge is learned", "",
                confidence(shown.deviations), evidence,
            )  # fmt: skip
            continue
        if is_low(view, one):
            says, advice = "it was low at the start: the base knows it already", "CPT on it gains little."
        elif worse or change.rises(one.least):
            continue  # `rising` or `memorising` reports it.
        elif is_high(view, one):
            says = "it is high and stays there: dirty or hard data, or too small a rate"
            advice = "Read its documents (`rewarm explain`), then try a higher peak rate in a short run."
        else:
            says = "it is close to what the base was trained on"
            advice = "Look for text with more of what is specific to the domain."
        how = "falls no more than that of general text" if recovered.nats else "does not fall"
        yield Finding(
            "domain-flat", "warning", one.name, one.stage, f"the loss {how}: {says}", advice,
            1 - confidence(measured.deviations) if abs(measured.nats) < one.least else 0.5, evidence,
        )  # fmt: skip


def _recovered(view: View) -> Change:
    """What an instruct base recovers of any plain text: the smallest fall of a general source."""
    none = Change(0.0, 0.0)
    least = max(map(view.measured, view.generals), key=lambda change: change.nats, default=none)
    return least if view.instruct and least.falls() else none


def general(view: View) -> Iterator[Finding]:
    """General text: flat is healthy; a clear fall means that it is new to this base."""
    severity: Severity = "note" if view.instruct else "warning"
    reason, advice = (
        (RECOVERS, "")
        if view.instruct
        else (
            "this 'general' data is a new domain for the base",
            "Replay should look like the base's own training data: exchange this source.",
        )
    )
    for one in view.generals:
        change = view.measured(one)
        evidence = {"change": change.nats, "error": change.error}
        if change.falls(2 * one.least):
            yield Finding(
                "general-falls", severity, one.name, one.stage,
                f"the loss fell by {-change.nats:.2f} nats per token: {reason}", advice,
                confidence(change.deviations), evidence,
            )  # fmt: skip
        elif abs(change.nats) <= one.least:
            yield Finding(
                "general-flat", "good", one.name, one.stage,
                f"the loss stays within {one.least:.2f} nats per token, as in the base's own mix", "",
                1 - confidence(change.deviations) if change.nats else 0.9, evidence,
            )  # fmt: skip


def fast(view: View) -> Iterator[Finding]:
    """Most of a strong fall in the first quarter: in a domain a strong pattern, in general text a format."""
    for one in view.sources:
        found = _held_out_fall(view, one) or _trained_fall(one)
        if one.stage != view.first_stage or found is None:
            continue
        fall, early, unit = found
        texts = view.texts(one.value)
        formatted = texts is not None and (texts.markup > MARKUP or texts.framed > FRAME)
        if early < (FORMAT_FAST if formatted else FAST):
            continue
        evidence = {"change": -fall, "early": early}
        if texts:
            evidence |= {"markup": texts.markup, "framed": texts.framed}
        severity: Severity = "note"
        if view.is_domain(one.value):
            says, advice = (
                "the domain has a strong pattern, learnt early",
                "Fewer tokens of it may be enough.",
            )
        elif view.instruct and not formatted:
            says, advice = RECOVERS, ""
        else:
            severity = "warning"
            says = (
                "a format (JSON, tables, turns of a conversation, templates)"
                if formatted
                else "something easy, often a format"
            )
            advice = "Remove it or cap it: under 1,000 documents teach a format, more cost general ability."
        yield Finding(
            "falls-fast", severity, one.name, one.stage,
            f"{early:.0%} of the fall of {fall:.2f} {unit} in the first quarter: {says}",
            advice, 0.9, evidence, texts.worst if texts else (),
        )  # fmt: skip


def _held_out_fall(view: View, one: Series) -> tuple[float, float, str] | None:
    """A strong fall, its share in the first quarter of the stage, its unit: of held-out documents that were
    scored during training."""
    first, last = int(one.numbers[0]), int(one.numbers[-1]) + 1
    scored = [(update - first, change) for update, change in view.during(one.value) if update <= last]
    early = [change for update, change in scored if update <= (last - first) / 4]
    if len(scored) < 4 or not early or not view.measured(one).falls(STRONG) or scored[-1][1] >= 0:
        return None
    return -scored[-1][1], early[-1] / scored[-1][1], "bits per byte"


def _trained_fall(one: Series) -> tuple[float, float, str] | None:
    """The same of the training loss."""
    if not one.change.falls(STRONG) or len(one.nats) < 4:
        return None
    early = float(one.nats[0] - one.nats[len(one.nats) // 4])
    return -one.change.nats, early / -one.change.nats, "nats per token"
