"""The summary for a terminal, and as plain values for `duels.json`."""

from collections.abc import Iterator
from dataclasses import asdict
from math import isfinite
from typing import Any

from rewarm.evaluate.duels.rates import Rates
from rewarm.evaluate.duels.summary import Summary
from rewarm.evaluate.duels.warnings import warnings
from rewarm.recipe.duels import OVERALL
from rewarm.statistics.agreement import Agreement
from rewarm.statistics.bootstrap import Estimate

FORMAT = 1


def plain(found: Summary) -> dict[str, Any]:
    """For programs; an unknown number is null. Keys are those of docs/duels.md."""
    value = {
        "format": FORMAT,
        "base": found.models[0],
        "models": found.models,
        "measurable": found.measurable,
        "warnings": list(warnings(found)),
        "judge": {
            "model": found.judge,
            "temperature": found.temperature,
            "requests": found.requests,
            "rejected": {
                kind: {"count": count, "example": example}
                for kind, (count, example) in found.rejected.items()
            },
            "position": {
                name: {**asdict(one), "consistency": asdict(one.consistency), "one_sided": one.one_sided}
                for name, one in found.position.items()
            },
            "self_agreement": found.repeated and asdict(found.repeated),
        },
        "prompts": {"given": found.given, "matched": found.prompts, "missing": found.missing},
        "not_judged": [
            {"result": result, "base": base, **counts} for (result, base), counts in found.decided.items()
        ],
        "excluded": [
            {"result": result, "base": base, "count": count}
            for (result, base), count in found.excluded.items()
        ],
        "rates": [{**asdict(rate), "prompts": rate.prompts} for rate in found.rates],
        "strengths": found.strengths and asdict(found.strengths),
    }
    cleaned: dict[str, Any] = _without_nan(value)
    return cleaned


def lines(found: Summary) -> Iterator[str]:
    """For a terminal: prompts, judge, rates, warnings."""
    missing = "".join(f" · {count:,} without an answer of {model}" for model, count in found.missing.items())
    yield f"prompts   {found.prompts:,} of {found.given:,} with two answers or more{missing}"
    for (result, base), counts in found.decided.items():
        counted = " · ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
        if excluded := found.excluded.get((result, base), 0):
            counted += f"{' · ' if counted else ''}{excluded:,} without a verdict"
        yield f"pairs     {result} against {base}: {counted or 'all judged'}"
    yield from _judge(found)
    shown = ""
    for rate in found.rates:
        if shown != (shown := f"{rate.result} against {rate.base}"):
            yield ""
            yield shown + ("" if found.measurable else "   NOT MEASURABLE with this judge; see the warning")
        yield _rate(rate)
    if found.strengths:
        yield ""
        yield f"strength  log-odds of a decided win against {found.models[0]} (Bradley-Terry with ties)"
        ranked = sorted(found.strengths.of.items(), key=lambda one: -one[1].value)
        yield from (f"  {model:<24}{_signed(one)}" for model, one in ranked)
    told = list(warnings(found))
    if told:
        yield ""
    yield from (f"warning   {text}" for text in told)


def _judge(found: Summary) -> Iterator[str]:
    rejected = " · ".join(f"{count:,} {kind}" for kind, (count, _) in found.rejected.items())
    yield (
        f"judge     {found.judge}: {found.requests:,} requests"
        + (f", no usable verdict in {rejected}" if rejected else "")
    )
    one = found.position.get(OVERALL)
    if one is not None:
        yield (
            f"position  both orders agree on {_percent(one.consistency)} of pairs, {one.flipped:,} of "
            f"{one.pairs:,} name another winner; `first` in {_percent(one.first)} of decided verdicts"
        )
    if found.repeated:
        yield f"again     agrees with itself on {agreed(found.repeated)}"


def agreed(found: Agreement) -> str:
    """An agreement in words."""
    kappa = found.kappa
    told = (
        "unknown" if not isfinite(kappa.value) else f"{kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f})"
    )
    return (
        f"{_percent(found.with_ties)} of {found.count:,}, without ties {_percent(found.without_ties)} of "
        f"{found.decided:,}, kappa {told}"
    )


def _rate(rate: Rates) -> str:
    name = rate.label or rate.dimension
    total = rate.prompts
    shares = " · ".join(f"{word} {getattr(rate, word) / total:.1%}" for word in ("win", "tie", "lose"))
    controlled = (
        f"unknown, {rate.equal_length}"
        if isinstance(rate.equal_length, str)
        else _percent(rate.equal_length.rate)
    )
    flips = (
        f" ({rate.flipped + rate.half:,} of the ties: orders disagree)" if rate.flipped + rate.half else ""
    )
    return (
        f"  {name:<16} not lose {_percent(rate.not_lose)} of {total:,}   {shares}{flips}   "
        f"win − lose {_signed(rate.win_minus_lose, 100)}   at equal length {controlled}"
    )


def _percent(value: Estimate) -> str:
    if not isfinite(value.value):
        return "unknown"
    return f"{value.value:.1%} ({100 * value.low:.1f} to {100 * value.high:.1f})"


def _signed(value: Estimate, scale: float = 1) -> str:
    digits = 1 if scale == 100 else 2
    low, middle, high = (f"{scale * one:+.{digits}f}" for one in (value.low, value.value, value.high))
    return f"{middle} ({low} to {high})".replace("-", "−")


def _without_nan(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
