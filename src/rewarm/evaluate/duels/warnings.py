"""What a reader of the rates must know first: each warning says what was seen and what to do."""

from collections.abc import Iterator

from rewarm.evaluate.duels.judge_checks import MOST_TIES
from rewarm.evaluate.duels.judging import BUDGET
from rewarm.evaluate.duels.summary import Summary
from rewarm.recipe.duels import OVERALL
from rewarm.statistics.length_control import EqualLength

# Beyond this share of prompts the fit has almost nothing at equal length to stand on.
_ALMOST_ALWAYS = 0.95
_MANY_REJECTED = 0.1


def warnings(found: Summary) -> Iterator[str]:
    """One sentence or two each, the gravest first."""
    overall = found.position.get(OVERALL)
    if overall is None:
        yield "no pair was judged: all answers are near-identical or empty"
        return
    if overall.one_sided:
        side = "first" if overall.first.value > 0.5 else "second"
        share = overall.first.value if side == "first" else 1 - overall.first.value
        yield (
            f"the judge is one-sided: it chose the {side} answer in {share:.0%} of its decided verdicts, "
            "whichever model wrote it. The rates measure its habit, not the answers; use a stronger judge"
        )
    elif overall.incoherent:
        yield (
            f"the judge contradicts itself: {overall.flipped} of {overall.pairs} pairs have another winner "
            "when their order is changed, as a coin would do. The rates say nothing; use a stronger judge"
        )
    elif not overall.first.low <= 0.5 <= overall.first.high:
        yield (
            f"the judge has a preference for a position ({overall.first.value:.0%} first). Both orders are "
            "asked, so it favours no model, but it turns real differences into ties"
        )
    if overall.ties >= MOST_TIES:
        yield f"the judge answered `tie` in {overall.ties:.0%} of its verdicts: it hardly tells answers apart"
    unasked, _ = found.rejected.get(BUDGET, (0, ""))
    if unasked:
        yield (
            f"{unasked:,} of {found.requests:,} requests were not sent: the budget is reached. The pairs "
            "judged are a random sample; raise `judge.budget` and run the same command again for the rest"
        )
    rejected = sum(count for kind, (count, _) in found.rejected.items() if kind != BUDGET)
    if found.requests and rejected > _MANY_REJECTED * found.requests:
        yield (
            f"{rejected:,} of {found.requests:,} requests gave no usable verdict. If their prompts "
            "are harder than the others, the rates are biased; see `rejected`, and the settings "
            "`structured`, `max_tokens` and `reasons`"
        )
    for rate in found.rates:
        if rate.dimension == OVERALL and not rate.label and isinstance(rate.equal_length, EqualLength):
            longer = rate.equal_length.longer
            if max(longer, 1 - longer) >= _ALMOST_ALWAYS:
                yield (
                    f"{rate.result if longer > 0.5 else rate.base} is the longer answer in "
                    f"{max(longer, 1 - longer):.0%} of the prompts: its rate at equal length is extrapolated"
                )
