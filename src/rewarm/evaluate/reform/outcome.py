"""What the drops of base and result on reformed items say, in a word and in a sentence.

If the lead shrinks, the result remembered the original form. If it grows, the base did, as models trained on
the web's copies of a benchmark do, and items that the result lost on the original are lost memory, not lost
ability. In a form that is harder for anyone, both models approach chance and every lead shrinks: there, a
model is said to remember only if it also keeps a smaller share of its accuracy.
"""

from typing import Literal

from rewarm.statistics.bootstrap import Estimate

Outcome = Literal[
    "result remembers", "base remembers", "lead kept", "loss kept", "undecided", "not measurable"
]
# Fewer items cannot separate drops: the interval of a difference of four answers is wider than 0.5.
LEAST_ITEMS = 30


def decide(
    items: int,
    leads: tuple[Estimate, Estimate],
    removed: Estimate,
    shares: Estimate,
    able: tuple[bool, bool],
    same_form: bool,
    measurable: bool,
) -> Outcome:
    """The outcome of one reform.

    leads: on the original, on the reform; removed: their difference; shares: share of its accuracy that the
    result keeps minus that of the base, NaN where not needed or unknown; able: whether base and result
    are surely better on the original than by naming one letter; measurable: whether a model is above chance.
    """
    if items < LEAST_ITEMS or not measurable:
        return "not measurable"
    if able[1] and removed.low > 0 and (same_form or shares.high < 0):
        return "result remembers"
    if able[0] and removed.high < 0 and (same_form or shares.low > 0):
        return "base remembers"
    if leads[1].low > 0:
        return "lead kept"
    return "loss kept" if leads[1].high < 0 and leads[0].value < 0 else "undecided"


def sentence(
    outcome: Outcome, before: Estimate, after: Estimate, removed: Estimate, lost: int, memory: int
) -> str:
    """The outcome in words. lost, memory: items lost on the original, and those that count as lost memory."""
    part = f"{abs(removed.value):.3f} (95 % interval {_ends(removed)})"
    match outcome:
        case "result remembers":
            rest = (
                f"a lead of {after.value:.3f} remains"
                if after.low > 0
                else f"no lead is left ({after.value:+.3f})"
            )
            return (
                f"The result drops by {part} more than the base: so much of its accuracy on the "
                f"original items is memory of their form; {rest}."
            )
        case "base remembers":
            said = f"The base drops by {part} more than the result: it remembered the original form. "
            if lost:
                said += (
                    f"Of {lost} items lost on the original, {memory} count as lost memory, not lost ability: "
                    "the base is no better on their reformed version."
                )
            return said.rstrip()
        case "lead kept":
            return (
                f"The result keeps its lead: {after.value:+.3f} on the reformed items, {before.value:+.3f} "
                "on the original ones."
            )
        case "loss kept":
            return (
                f"The result is behind on the reformed items, too ({after.value:+.3f}): lost ability, "
                "not memory."
            )
        case "undecided":
            return (
                f"Undecided: the lead changes by {-removed.value:+.3f} (interval of the lead removed "
                f"{_ends(removed)}), which memory, the harder form or chance may explain."
            )
        case _:
            return (
                f"Not measurable: fewer than {LEAST_ITEMS} items, or no model is above chance in this form."
            )


def _ends(estimate: Estimate) -> str:
    return f"{estimate.low:+.3f} to {estimate.high:+.3f}".replace("-", "−")
