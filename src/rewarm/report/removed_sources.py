"""What a training without some sources changed, against the training of the same recipe with them.

Losses are those of the same held-out documents after both trainings, also of the sources that were left out.
A channel is covered by the sources whose documents with its label were trained on, by their tokens.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import pyarrow.parquet as pq

from rewarm.report import figures
from rewarm.report.verdict import differences
from rewarm.runs.run import Run
from rewarm.statistics.bootstrap import Estimate


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """bits per byte after both trainings; change: without minus with, with its interval."""

    axis: str
    value: str
    with_bits: float
    without_bits: float
    change: Estimate


@dataclass(frozen=True, slots=True)
class Covered:
    """A channel that the sources covered. share: of its training tokens that they had; before, now: the other
    sources and their shares of its tokens, largest first."""

    axis: str
    value: str
    share: float
    before: dict[str, float]
    now: dict[str, float]


@dataclass(frozen=True, slots=True)
class Removal:
    """sources: those left out; tokens: training tokens of each source with and without them."""

    sources: tuple[str, ...]
    tokens: dict[str, tuple[int, int]]
    covered: list[Covered]
    channels: list[ChannelChange]

    def lines(self) -> list[str]:
        """For the terminal; the caller makes names of sources and labels safe."""
        before, after = (sum(row[side] for row in self.tokens.values()) or 1 for side in (0, 1))
        named = ", ".join(self.sources)
        shown = [f"without {named}: training tokens by source"]
        for name, (old, new) in self.tokens.items():
            parts = f"{figures.percent(old / before)} → {figures.percent(new / after)}"
            shown.append(f"  {name:<24}{old:>14,} → {new:,}   ({parts})")
        shown.append(f"channels that {named} covered, by training tokens")
        shown += [f"  {_words(one, named)}" for one in self.covered]
        shown.append(f"held-out text, bits per byte{'with':>18}{'without':>10}   change (95 % interval)")
        for one in self.channels:
            interval = figures.between(one.change.low, one.change.high)
            change = figures.signed(one.change.value) + (f" ({interval})" if interval else "")
            before_after = f"{figures.plain(one.with_bits):>10}{figures.plain(one.without_bits):>10}"
            shown.append(f"  {one.axis + ' ' + one.value:<34}{before_after}   {change}")
        return shown

    def plain(self) -> dict[str, Any]:
        """For JSON; None where nothing was measured."""
        return {
            "sources": list(self.sources),
            "tokens": {name: list(counts) for name, counts in self.tokens.items()},
            "covered": [asdict(one) for one in self.covered],
            "channels": [
                {
                    "axis": one.axis, "value": one.value,
                    "with": _or_none(one.with_bits), "without": _or_none(one.without_bits),
                    "change": _or_none(one.change.value),
                    "low": _or_none(one.change.low), "high": _or_none(one.change.high),
                }
                for one in self.channels
            ],
        }  # fmt: skip


def compare(first: Run, other: Run, names: Sequence[str]) -> Removal:
    """first: the finished run with the sources `names`, other: without them."""
    had, has = _tokens(first), _tokens(other)
    sources = list(dict.fromkeys(source for source, _ in [*had["source"], *has["source"]]))
    tokens = {one: (had["source"][one, one], has["source"][one, one]) for one in sources}
    known = {(one.axis, one.value): one.after_bits for one in first.evaluation[0]}
    channels = [
        ChannelChange(
            one.axis, one.value, known[one.axis, one.value], one.after_bits,
            differences(other, first, one.axis, one.value),
        )
        for one in other.evaluation[0]
        if (one.axis, one.value) in known
    ]  # fmt: skip
    return Removal(tuple(names), tokens, _covered(had, has, names), channels)


def _covered(
    had: dict[str, Counter[tuple[str, str]]], has: dict[str, Counter[tuple[str, str]]], names: Sequence[str]
) -> list[Covered]:
    found = []
    for axis in had:
        if axis == "source":
            continue
        for value in dict.fromkeys(value for source, value in had[axis] if source in names):
            before, now = _shares(had[axis], value), _shares(has.get(axis, Counter()), value)
            share = sum(before.pop(name, 0.0) for name in names)
            found.append(Covered(axis, value, share, before, now))
    return sorted(found, key=lambda one: -one.share)


def _shares(tokens: Counter[tuple[str, str]], value: str) -> dict[str, float]:
    mine = {source: count for (source, own), count in tokens.most_common() if own == value}
    return {source: count / sum(mine.values()) for source, count in mine.items()}


def _tokens(run: Run) -> dict[str, Counter[tuple[str, str]]]:
    """Axis → (source, value) → training tokens that the mix drew, over all stages."""
    found: dict[str, Counter[tuple[str, str]]] = {"source": Counter()}
    leaves = {leaf.number: leaf for leaf in run.leaves}
    for stage in run.recipe["stages"]:
        path = run.file("mix", f"{stage['name']}.parquet")
        rows = pq.read_table(path, columns=["leaf", "tokens"]) if path else None
        for row in rows.group_by("leaf").aggregate([("tokens", "sum")]).to_pylist() if rows else []:
            leaf = leaves[row["leaf"]]
            for axis, value in {"source": leaf.source, **leaf.labels}.items():
                found.setdefault(axis, Counter())[leaf.source, value] += row["tokens_sum"]
    return found


def _words(one: Covered, named: str) -> str:
    """`language=en: web had 64.0 %, api 36.0 %; now api 100.0 %`."""
    before = "".join(f", {source} {figures.percent(share)}" for source, share in one.before.items())
    now = ", ".join(f"{source} {figures.percent(share)}" for source, share in one.now.items())
    said = f"now {now}" if now else "now no source covers it"
    return f"{one.axis}={one.value}: {named} had {figures.percent(one.share)}{before}; {said}"


def _or_none(value: float) -> float | None:
    return value if isfinite(value) else None
