"""The lines that the command line prints at the end of a run: channels and verdict."""

from math import isfinite
from typing import Any

from rewarm.corpus.tables.channels import Channel, json_ready
from rewarm.report import choices, figures, shortfall
from rewarm.report.verdict import Verdict, judge
from rewarm.runs.run import Run
from rewarm.statistics.bootstrap import Estimate


def lines(run: Run) -> list[str]:
    """A line a channel of the axes task and source, then `learnt:` and `beyond the general gain:`, and
    `shortfall:` for each stage that got fewer tokens or another mix than planned, and warnings about the mix.

    A run that ended worse than its base says so in the first line. Every text in them is safe for a
    terminal: what is not printable is replaced.
    """
    shown = [channel for channel in run.evaluation[0] if channel.axis in ("task", "source")]
    if not shown:
        return ["nothing measured: the step evaluate has not run"]
    names = [str(figures.visible(f"{channel.axis} {channel.value}")) for channel in shown]
    width = max(len(name) for name in names)
    channel_lines = [
        f"{name:<{width}}  {_figures(channel)}" for name, channel in zip(names, shown, strict=True)
    ]
    verdict = judge(run)
    first = [f"WORSE THAN THE BASE  {figures.visible(item.sentence)}" for item in verdict.worse]
    beyond = "nothing" if verdict.no_gain else _gain(verdict.beyond)
    last = [f"shortfall: {stage.sentence()}" for stage in shortfall.short(run)]
    last += [f"warning: {text}" for text in choices.warnings(run)]
    last += [change["text"] for change in run.record.continued]
    visible = [str(figures.visible(text)) for text in last]
    return [*first, *channel_lines, _learnt(verdict), f"beyond the general gain: {beyond}", *visible]


def data(run: Run) -> dict[str, Any]:
    """The same for programs: plain values, null where nothing was measured; gains positive is better."""
    verdict = judge(run)
    gains = {
        "domain": verdict.domain_gain,
        "general": verdict.general_gain,
        "beyond": verdict.beyond,
    }
    return {
        "name": run.record.name,
        "variant": run.record.variant,
        "channels": [json_ready(channel) for channel in run.evaluation[0]],
        "gain": {
            name: {
                "bits_per_byte": _or_null(gain.value),
                "low": _or_null(gain.low),
                "high": _or_null(gain.high),
            }
            for name, gain in gains.items()
        },
        "worse": [
            {"task": item.task, "bits_per_byte": item.change, "limit": item.limit} for item in verdict.worse
        ],
        "verdict": verdict.sentences,
        "continued": run.record.continued,
        "stages": shortfall.data(run),
        "completions": (run.json("complete", "completions.json") or {}).get("completions", []),
    }


def worse(run: Run) -> bool:
    """Whether the result is worse than its base: on the domain, or by more than may be forgotten."""
    return bool(judge(run).worse)


def _figures(channel: Channel) -> str:
    nats = f"{figures.plain(channel.before_nats)} → {figures.plain(channel.after_nats)} nats   "
    if not isfinite(channel.before_nats) and isfinite(channel.before_bits):
        nats = ""  # two tokenizers: only bytes compare
    bits = f"{figures.plain(channel.before_bits)} → {figures.plain(channel.after_bits)} bits/byte"
    return f"{nats}{bits}   {_change(channel)}"


def _change(channel: Channel) -> str:
    interval = figures.between(channel.low, channel.high, " … ")
    return figures.signed(channel.change_bits) + (f" ({interval})" if interval else "")


def _learnt(verdict: Verdict) -> str:
    if verdict.domain is None:
        parts = ["learnt: no channel task=domain was measured"]
    else:
        change = figures.signed(verdict.domain.change_bits)
        interval = figures.between(verdict.domain.low, verdict.domain.high, " … ")
        word = "got worse" if verdict.domain.worse else "learnt"
        parts = [f"{word}: domain {change} bits/byte" + (f" ({interval})" if interval else "")]
        if not verdict.domain.worse and not verdict.domain.better:
            parts[0] += ", the interval includes zero" if interval else ", not known"
    for word in ("kept", "got worse", "not known"):
        named = [
            f"{figures.visible(channel.value)} {figures.signed(channel.change_bits)}"
            for channel in verdict.kept
            if _fate(channel) == word
        ]
        parts += [f"{word}: {', '.join(named)}"] if named else []
    return " · ".join(parts)


def _fate(channel: Channel) -> str:
    if not isfinite(channel.low):
        return "not known"
    return "got worse" if channel.worse else "kept"


def _gain(figure: Estimate) -> str:
    if not isfinite(figure.value):
        return "not known"
    interval = figures.between(figure.low, figure.high, " … ")
    text = f"{figures.signed(figure.value)} bits/byte" + (f" ({interval})" if interval else "")
    return text + (", the interval includes zero" if figure.includes_zero else "")


def _or_null(value: float) -> float | None:
    return value if isfinite(value) else None
