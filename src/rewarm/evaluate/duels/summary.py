"""What a comparison found: rates by dimension and label, strengths, checks of the judge, and warnings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewarm.evaluate.duels import judge_checks
from rewarm.evaluate.duels.answers import Matched
from rewarm.evaluate.duels.judge_checks import Position
from rewarm.evaluate.duels.outcomes import Combined, Outcome, combined
from rewarm.evaluate.duels.pairs import Pair
from rewarm.evaluate.duels.rates import Rates, rates
from rewarm.evaluate.duels.verdicts import Verdict
from rewarm.recipe.duels import OVERALL, Duels
from rewarm.statistics.agreement import Agreement
from rewarm.statistics.bradley_terry import Strengths, strengths

# Fewer prompts of a label say nothing in an interval.
_LEAST_OF_LABEL = 10


@dataclass(frozen=True)
class Summary:
    """models: the base first; missing: prompts without an answer, by model; decided: pairs that were not
    judged, by reason and comparison; excluded: pairs without an overall outcome; rates: all prompts first,
    the overall dimension first; strengths: None for two models; position: by dimension; repeated: agreement
    of the judge with itself, None where nothing was judged twice."""

    models: list[str]
    judge: str
    temperature: float | None
    given: int
    prompts: int
    missing: dict[str, int]
    decided: dict[tuple[str, str], dict[str, int]]
    requests: int
    rejected: dict[str, tuple[int, str]]
    excluded: dict[tuple[str, str], int]
    rates: list[Rates]
    strengths: Strengths | None
    position: dict[str, Position]
    repeated: Agreement | None

    @property
    def measurable(self) -> bool:
        """Whether the overall verdicts measure the answers, not their position."""
        overall = self.position.get(OVERALL)
        return overall is not None and not (overall.one_sided or overall.incoherent)


def summarise(
    matched: Matched, base: str, pairs: list[Pair], verdicts: list[Verdict], settings: Duels
) -> Summary:
    """Count and estimate. verdicts: all of the judge's, of both judgements."""
    rng = np.random.default_rng(settings.seed)
    draws = settings.bootstrap
    first, second = combined(pairs, verdicts), combined(pairs, verdicts, repeat=1)
    named = dict.fromkeys([OVERALL, *(one.dimension for one in verdicts)])
    return Summary(
        models=[base, *(model for model in matched.models if model != base)],
        judge=settings.judge.model,
        temperature=settings.judge.temperature,
        given=matched.given,
        prompts=len(matched.items),
        missing={model: len(ids) for model, ids in matched.missing.items() if ids},
        decided=_decided(pairs),
        requests=len({(one.id, one.result, one.base, one.order, one.repeat) for one in verdicts}),
        rejected=judge_checks.rejections(verdicts),
        excluded=_excluded(first),
        rates=_all_rates(matched, first.outcomes, list(named), draws, rng),
        strengths=_strengths(matched, base, first.outcomes, draws, rng),
        position={
            name: judge_checks.position(verdicts, first.outcomes, name, draws, rng)
            for name in named
            if verdicts
        },
        repeated=_repeated(first.outcomes, second.outcomes, draws, rng),
    )


def _decided(pairs: list[Pair]) -> dict[tuple[str, str], dict[str, int]]:
    found: dict[tuple[str, str], dict[str, int]] = {}
    for pair in pairs:
        counts = found.setdefault((pair.result, pair.base), {})
        if pair.decided:
            counts[pair.decided] = counts.get(pair.decided, 0) + 1
    return found


def _excluded(found: Combined) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for _, result, base, dimension in found.excluded:
        if dimension == OVERALL:
            counts[result, base] = counts.get((result, base), 0) + 1
    return counts


def _all_rates(
    matched: Matched, outcomes: list[Outcome], dimensions: list[str], draws: int, rng: np.random.Generator
) -> list[Rates]:
    labels = {item.id: [f"{axis}: {value}" for axis, value in item.labels.items()] for item in matched.items}
    groups: dict[tuple[str, str, str, str], list[Outcome]] = {}
    for one in outcomes:
        for label in ("", *labels[one.id]):
            if not label or one.dimension == OVERALL:
                groups.setdefault((one.result, one.base, label, one.dimension), []).append(one)
    compared = dict.fromkeys((one.result, one.base) for one in outcomes)
    values = ["", *sorted({label for _, _, label, _ in groups} - {""})]
    return [
        rates(group, label, draws, rng)
        for result, base in compared
        for label in values
        for dimension in dimensions
        if (group := groups.get((result, base, label, dimension)))
        and (not label or len(group) >= _LEAST_OF_LABEL)
    ]


def _strengths(
    matched: Matched, base: str, outcomes: Sequence[Outcome], draws: int, rng: np.random.Generator
) -> Strengths | None:
    overall = [one for one in outcomes if one.dimension == OVERALL]
    judged = {model for one in overall for model in (one.result, one.base)}
    models = [base, *(model for model in matched.models if model != base and model in judged)]
    if len(models) < 3 or base not in judged:
        return None
    number = {model: place for place, model in enumerate(models)}
    prompt = {key: place for place, key in enumerate(dict.fromkeys(one.id for one in overall))}
    states = ("win", "lose", "tie")
    rows = [(number[one.result], number[one.base], states.index(one.state)) for one in overall]
    return strengths(models, np.array(rows), np.array([prompt[one.id] for one in overall]), draws, rng)


def _repeated(
    first: Sequence[Outcome], second: Sequence[Outcome], draws: int, rng: np.random.Generator
) -> Agreement | None:
    found = judge_checks.self_agreement(first, second, OVERALL, draws, rng)
    return found if found.count else None
