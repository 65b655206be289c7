"""Whether the data can fill the stages: estimated tokens of the sources are held against the plan.

The estimates (`estimates.py`) are upper bounds; the exact figures are those of the step `mix`, repeated at
the end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rewarm.data.mix import shares
from rewarm.data.mix.start_shares import StartShares, start_shares
from rewarm.pipeline.preflight import mix_plan
from rewarm.pipeline.preflight.estimates import Estimate
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.mix_plan import Plan
from rewarm.pipeline.preflight.subject import Subject
from rewarm.recipe import Recipe, Source, selectors

# Tokens of a source that is not on this machine: it is not taken for the scarce one.
_UNKNOWN = 1e15
# Scoring that takes this many times as long as training is reported.
_MUCH_SCORING = 2


@dataclass(frozen=True)
class _Given:
    """Tokens by entry of a stage's mix. given: that it draws; left: that stages before leave it; room: that
    it could draw, passes counted, if no stage came before it."""

    given: dict[str, int]
    left: dict[str, int]
    room: dict[str, float]

    @property
    def tokens(self) -> int:
        return sum(self.given.values())


def available(subject: Subject) -> tuple[dict[str, float], str]:
    """Estimated tokens of one pass by entry of a mix, where known, and what they rest on."""
    known = subject.estimates.by_source
    entries = {entry.name for stage in subject.recipe.stages for entry in subject.recipe.entries(stage)}
    sources = subject.recipe.training_sources
    tokens = {entry: _tokens(selectors.parse(entry), sources, known) for entry in entries}
    how = " and ".join(dict.fromkeys(one.how for one in known.values()))
    return {entry: count for entry, count in tokens.items() if 0 < count < _UNKNOWN}, how


def stage_tokens(subject: Subject) -> list[int]:
    """Tokens that each stage will train on: those of the recipe, or an estimate of what the data gives where
    that is clearly less and `mix.shortfall` lets the run go on with it."""
    recipe = subject.recipe
    asked = [stage.tokens for stage in recipe.stages]
    if recipe.mix.shortfall == "stop":
        return asked
    starts = _starts(recipe)
    tokens = _by_entry(subject, starts)
    given = [one.tokens for one in _given(recipe, mix_plan.plans(recipe, starts, tokens), tokens)]
    least = 1 - subject.estimates.tolerance
    return [whole if whole < least * wanted else wanted for whole, wanted in zip(given, asked, strict=True)]


def check(subject: Subject) -> Iterator[Finding]:
    """A finding a stage whose budget or mix the data cannot give, and a note with the estimates."""
    if subject.until is not None and not subject.needs_model:
        return
    estimates = subject.estimates.by_source
    starts = _starts(subject.recipe)
    wanted = _wanted(starts).values()
    known = {
        source.name: estimates[source.name]
        for source in subject.recipe.training_sources
        if source.name in estimates and any(map(source.may_be, wanted))
    }
    if known:
        sizes = ", ".join(f"{name} about {rounded(one.tokens)}" for name, one in known.items())
        how = " and ".join(dict.fromkeys(one.how for one in known.values()))
        what = f"estimated training tokens of one pass: {sizes} ({how}; before cleaning drops any)."
        yield Finding("note", "budget.estimate", subject.at("sources"), what)
    yield from _scoring(subject, sum(one.held_out for one in estimates.values()))
    tokens = _by_entry(subject, starts)
    plans = mix_plan.plans(subject.recipe, starts, tokens)
    yield from mix_plan.findings(subject, starts, plans)
    yield from _shortfalls(subject, plans, tokens)


def _starts(recipe: Recipe) -> list[StartShares]:
    return [start_shares(recipe, number) for number in range(len(recipe.stages))]


def _wanted(starts: Sequence[StartShares]) -> dict[str, dict[str, str]]:
    """The labels that each entry with a share selects."""
    return {
        entry: selectors.parse(entry) for start in starts for entry, share in start.shares.items() if share
    }


def _by_entry(subject: Subject, starts: Sequence[StartShares]) -> dict[str, float]:
    """Estimated tokens of one pass by entry with a share."""
    sources, known = subject.recipe.training_sources, subject.estimates.by_source
    return {entry: _tokens(labels, sources, known) for entry, labels in _wanted(starts).items()}


def _scoring(subject: Subject, held_out: float) -> Iterator[Finding]:
    """Where held-out documents cost far more than the training: a forward pass is a third of a training
    step, and both the base and the result are scored."""
    trained = sum(stage.tokens for stage in subject.recipe.stages)
    most = subject.recipe.evaluate.document_tokens
    remedy = (
        f"Lower evaluate.document_tokens ({most:,})"
        if most
        else "Set evaluate.max_tokens, as in 20000 for each source,"
    )
    if 2 * held_out > _MUCH_SCORING * 3 * trained:
        yield Finding(
            "warning",
            "budget.scoring",
            subject.at("evaluate") or subject.at("stages"),
            f"an estimated {rounded(held_out)} held-out tokens are scored twice, for {trained:,} tokens of "
            "training: `baseline` and `evaluate` will take longer than `train`.",
            f"{remedy} or lower holdout.min_documents.",
        )


def _tokens(wanted: dict[str, str], sources: list[Source], known: dict[str, Estimate]) -> float:
    """Tokens that an entry of a mix can draw from. Which documents of a source it selects by labels of
    their own is not known before they are read."""
    mine = [source for source in sources if source.may_be(wanted)]
    if any(source.may_label(axis) for source in mine for axis in wanted):
        return _UNKNOWN
    return sum(known[source.name].tokens if source.name in known else _UNKNOWN for source in mine)


def _given(recipe: Recipe, plans: Sequence[Plan], tokens: dict[str, float]) -> list[_Given]:
    """What each stage draws as `mix.shortfall` says. tokens: by entry, of one pass."""
    stages = [
        {"name": stage.name, "tokens": stage.tokens, "mix": plan.shares, "best": stage.best}
        for stage, plan in zip(recipe.stages, plans, strict=True)
    ]
    room = [
        {name: cap * stage.best * tokens.get(name, 0.0) for name, cap in plan.caps.items()}
        for stage, plan in zip(recipe.stages, plans, strict=True)
    ]
    shrink = recipe.mix.shortfall == "shrink"
    factor = shares.common_factor(stages, room)[0] if shrink else 1.0
    found: list[_Given] = []
    for stage, plan, whole in zip(recipe.stages, plans, room, strict=True):
        left = {
            name: max(0, round(most - _used(recipe, found, name, stage.best))) for name, most in whole.items()
        }
        given = (
            shares.in_proportion(factor * stage.tokens, plan.shares, left)
            if shrink
            else shares.budgets(stage.tokens, plan.shares, left)
        )
        found.append(_Given(given, left, whole))
    return found


def _shortfalls(subject: Subject, plans: list[Plan], tokens: dict[str, float]) -> Iterator[Finding]:
    recipe, shortfall, tolerance = subject.recipe, subject.recipe.mix.shortfall, subject.estimates.tolerance
    for index, (stage, plan, one) in enumerate(
        zip(recipe.stages, plans, _given(recipe, plans, tokens), strict=True)
    ):
        mix, whole = plan.shares, one.tokens
        real = {name: one.given[name] / whole if whole else 0.0 for name in mix}
        if (
            whole >= (1 - tolerance) * stage.tokens
            and max(abs(real[name] - share) for name, share in mix.items()) <= tolerance
        ):
            continue
        scarce = _scarce(stage.tokens, mix, one.left, one.room, tolerance)
        passes = " and ".join(dict.fromkeys(f"{plan.caps[name]:g}" for name in scarce))
        stops = shortfall == "stop" and whole < stage.tokens / 2
        yield Finding(
            "error" if stops else "warning",
            "budget",
            subject.at("stages", index, "tokens"),
            f"the data gives an estimated {rounded(whole)} of the {stage.tokens:,} tokens of stage "
            f"'{stage.name}'{_mix_words(mix, real)}: {' and '.join(scarce)} "
            f"{'has' if len(scarce) == 1 else 'have'} too little for {passes} passes "
            f"(mix.shortfall: {shortfall}).",
            f"Add data, raise max_epochs, or set tokens to about {rounded(whole)}.",
        )


def _used(recipe: Recipe, before: Sequence[_Given], name: str, best: float) -> float:
    """Tokens that stages before took of a source's best share; each took evenly from its own."""
    return sum(
        one.given.get(name, 0) * min(1.0, best / stage.best)
        for stage, one in zip(recipe.stages, before, strict=False)
    )


def _scarce(
    tokens: int, mix: dict[str, float], left: dict[str, int], room: dict[str, float], tolerance: float
) -> list[str]:
    """The sources that cannot give their share; where stages before decide, the one with the least."""
    wanted = {name: tokens * share for name, share in mix.items() if share > 0}
    short = [name for name, count in wanted.items() if left[name] < (1 - tolerance) * count]
    return short or [min(wanted, key=lambda name: room[name] / wanted[name])]


def _mix_words(planned: dict[str, float], real: dict[str, float]) -> str:
    """How the mix would change; empty where it stays."""
    if max(abs(real[name] - share) for name, share in planned.items()) <= 0.01 or not any(real.values()):
        return ""
    now = " / ".join(f"{name} {share:.0%}" for name, share in real.items())
    return f", mixed {now} instead of {' / '.join(f'{share:.0%}' for share in planned.values())}"


def rounded(tokens: float) -> str:
    """Two significant digits: more would be pretended."""
    if tokens < 100:
        return f"{tokens:.0f}"
    digits = len(str(int(tokens))) - 2
    return f"{round(tokens / 10**digits) * 10**digits:,}"
