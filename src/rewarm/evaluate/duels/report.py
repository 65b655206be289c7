"""The summary for a terminal, and as plain values for `duels.json`."""

from collections.abc import Iterator
from dataclasses import asdict
from math import isfinite
from typing import Any

from rewarm.evaluate.duels.summary import Summary
from rewarm.evaluate.duels.warnings import warnings
from rewarm.recipe.duels import OVERALL

FORMAT = 1
Values = dict[str, Any]


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
    cleaned: dict[str, Any] = without_nan(value)
    return cleaned


def lines(found: dict[str, Any]) -> Iterator[str]:
    """Prompts, judge, rates, strengths, warnings. found: of `plain`."""
    prompts = found["prompts"]
    missing = "".join(
        f" · {count:,} without an answer of {model}" for model, count in prompts["missing"].items()
    )
    yield f"prompts   {prompts['matched']:,} of {prompts['given']:,} with two answers or more{missing}"
    excluded = {(one["result"], one["base"]): one["count"] for one in found["excluded"]}
    for one in found["not_judged"]:
        counts = {key: count for key, count in one.items() if key not in ("result", "base")}
        told = [f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()]
        if lost := excluded.get((one["result"], one["base"])):
            told.append(f"{lost:,} without a verdict")
        yield f"pairs     {one['result']} against {one['base']}: {' · '.join(told) or 'all judged'}"
    yield from _judge(found["judge"])
    shown = ""
    for rate in found["rates"]:
        if shown != (shown := f"{rate['result']} against {rate['base']}"):
            yield ""
            yield shown + (
                "" if found["measurable"] else "   NOT MEASURABLE with this judge; see the warning"
            )
        yield _rate(rate)
    if found["strengths"]:
        yield ""
        yield f"strength  log-odds of a decided win against {found['base']} (Bradley-Terry with ties)"
        ranked = sorted(found["strengths"]["of"].items(), key=lambda one: -one[1]["value"])
        yield from (f"  {model:<24}{signed(one)}" for model, one in ranked)
    if found["warnings"]:
        yield ""
    yield from (f"warning   {text}" for text in found["warnings"])


def _judge(judge: dict[str, Any]) -> Iterator[str]:
    rejected = " · ".join(f"{one['count']:,} {kind}" for kind, one in judge["rejected"].items())
    unusable = f", no usable verdict in {rejected}" if rejected else ""
    yield f"judge     {judge['model']}: {judge['requests']:,} requests{unusable}"
    if one := judge["position"].get(OVERALL):
        pairs = one["consistent"] + one["half"] + one["flipped"]
        yield (
            f"position  both orders agree on {percent(one['consistency'])} of pairs, {one['flipped']:,} of "
            f"{pairs:,} name another winner; `first` in {percent(one['first'])} of decided verdicts"
        )
    if judge["self_agreement"]:
        yield f"again     agrees with itself on {agreed(judge['self_agreement'])}"


def _rate(rate: dict[str, Any]) -> str:
    name = rate["label"] or rate["dimension"]
    total = rate["prompts"]
    shares = " · ".join(f"{word} {rate[word] / total:.1%}" for word in ("win", "tie", "lose"))
    unsure = rate["flipped"] + rate["half"]
    flips = f" ({unsure:,} of the ties: orders disagree)" if unsure else ""
    controlled = rate["equal_length"]
    told = f"unknown, {controlled}" if isinstance(controlled, str) else percent(controlled["rate"])
    return (
        f"  {name:<16} not lose {percent(rate['not_lose'])} of {total:,}   {shares}{flips}   "
        f"win − lose {signed(rate['win_minus_lose'], 100)}   at equal length {told}"
    )


def agreed(found: Values) -> str:
    """An agreement (`statistics/agreement.py`) in words."""
    kappa = found["kappa"]
    told = "unknown"
    if kappa["value"] is not None:
        told = f"{kappa['value']:.2f} ({kappa['low']:.2f} to {kappa['high']:.2f})"
    return (
        f"{percent(found['with_ties'])} of {found['count']:,}, without ties {percent(found['without_ties'])} "
        f"of {found['decided']:,}, kappa {told}"
    )


def percent(value: Values) -> str:
    """A share and its interval."""
    if value["value"] is None:
        return "unknown"
    return f"{value['value']:.1%} ({100 * value['low']:.1f} to {100 * value['high']:.1f})"


def signed(value: Values, scale: int = 1) -> str:
    """A difference and its interval; scale: 100 for percentage points."""
    digits = 1 if scale == 100 else 2
    low, middle, high = (f"{scale * value[part]:+.{digits}f}" for part in ("low", "value", "high"))
    return f"{middle} ({low} to {high})".replace("-", "−")


def without_nan(value: Any) -> Any:  # noqa: ANN401
    """Plain values with null for numbers that are unknown."""
    if isinstance(value, dict):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
