"""Does the domain fall, and does the general text stay where it was?"""

from collections.abc import Iterator

from rewarm.diagnose.finding import Finding, Severity
from rewarm.diagnose.rules.level import HIGH, LOW
from rewarm.diagnose.series import Series, confidence
from rewarm.diagnose.view import View

# Standard errors, and nats per token, from which a change counts.
CLEAR, LEAST = 3.0, 0.05
FAST = 0.6  # of the whole fall in the first quarter of the stage
STRONG = 0.15
MARKUP = 0.06


def falling(one: Series) -> bool:
    """A clear fall."""
    return one.deviations < -CLEAR and one.change < -LEAST


def domain(view: View) -> Iterator[Finding]:
    """The domain's loss falls clearly: learned; or it does not, and why."""
    for one in view.sources:
        if not view.is_domain(one.value) or one.stage != view.first_stage:
            continue
        evidence = {"change": one.change, "error": one.error, "start_bits": float(one.bits[0])}
        sure = confidence(one.deviations)
        if falling(one):
            yield Finding(
                "domain-falls", "good", one.name, one.stage,
                f"the loss fell by {-one.change:.2f} nats per token: domain knowledge is learned", "", sure,
                evidence,
            )  # fmt: skip
            continue
        if one.change > LEAST and one.deviations > CLEAR:
            continue  # `rising` reports it.
        bits = float(one.bits[0])
        if bits < LOW:
            says, advice = "it was low at the start: the base knows it already", "CPT on it gains little."
        elif bits > HIGH:
            says = "it is high and stays there: dirty or hard data, or too small a rate"
            advice = "Read its documents (`rewarm explain`), then try a higher peak rate in a short run."
        else:
            says = "it is close to what the base was trained on"
            advice = "Look for text with more of what is specific to the domain."
        yield Finding(
            "domain-flat", "warning", one.name, one.stage, f"the loss does not fall: {says}", advice,
            1 - sure if abs(one.change) < LEAST else 0.5, evidence,
        )  # fmt: skip


def general(view: View) -> Iterator[Finding]:
    """General text: flat is healthy; a clear fall means that it is new to this base."""
    instruct = any(
        word in str(view.run.recipe.get("model", "")).lower() for word in ("instruct", "chat", "-it")
    )
    for one in view.sources:
        if view.is_domain(one.value) or one.stage != view.first_stage:
            continue
        evidence = {"change": one.change, "error": one.error}
        if falling(one):
            reason = (
                "the base is an instruct model, which recovers plain text first"
                if instruct
                else "this 'general' data is a new domain for the base"
            )
            advice = (
                ""
                if instruct
                else "Replay should look like the base's own training data: exchange this source."
            )
            yield Finding(
                "general-falls", "note" if instruct else "warning", one.name, one.stage,
                f"the loss fell by {-one.change:.2f} nats per token: {reason}", advice,
                confidence(one.deviations), evidence,
            )  # fmt: skip
        elif abs(one.change) <= LEAST:
            yield Finding(
                "general-flat", "good", one.name, one.stage,
                f"the loss stays within {LEAST} nats per token, as in the base's own training mix", "",
                1 - confidence(one.deviations) if one.deviations else 0.9, evidence,
            )  # fmt: skip


def fast(view: View) -> Iterator[Finding]:
    """Most of a strong fall in the first quarter: in a domain a strong pattern, in general text a format."""
    for one in view.sources:
        if one.stage != view.first_stage or not falling(one) or one.change > -STRONG or len(one.nats) < 4:
            continue
        early = float(one.nats[0] - one.nats[len(one.nats) // 4])
        if early < FAST * -one.change:
            continue
        texts = view.texts(one.value)
        evidence = {"change": one.change, "early": -early, **({"markup": texts.markup} if texts else {})}
        severity: Severity = "note" if view.is_domain(one.value) else "warning"
        if severity == "note":
            says, advice = (
                "the domain has a strong pattern, learnt early",
                "Fewer tokens of it may be enough.",
            )
        else:
            formatted = texts is not None and texts.markup > MARKUP
            says = (
                "heavy formatting (JSON, tables, templates)"
                if formatted
                else "something easy, often a format"
            )
            advice = "Remove it or cap it: under 1,000 documents teach a format, more cost general ability."
        yield Finding(
            "falls-fast", severity, one.name, one.stage,
            f"{early / -one.change:.0%} of the fall of {-one.change:.2f} nats in the first quarter: {says}",
            advice, confidence(one.deviations), evidence, texts.worst if texts else (),
        )  # fmt: skip
