"""The result of a reform: as plain values for JSON, and as lines for a terminal."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from rewarm.evaluate.reform.answers import Answers
from rewarm.evaluate.reform.judgement import Judgement, judge, per_item
from rewarm.evaluate.reform.plan import Plan

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ReformReport:
    """task: its name; judgements: reforms of the original's form together, then each reform; skipped:
    reform → why it does not apply; items: a row per item (`judgement.per_item`)."""

    task: str
    judgements: list[Judgement]
    skipped: Mapping[str, str]
    items: list[Mapping[str, object]]

    def plain(self) -> dict[str, Any]:
        """For JSON; an unknown number is None. Keys are those of docs/reform.md."""
        return {
            "format": FORMAT,
            "task": self.task,
            "judgements": [_known(asdict(judgement)) for judgement in self.judgements],
            "skipped": dict(self.skipped),
            "items": [dict(row) for row in self.items],
        }

    def lines(self) -> Iterator[str]:
        """For a terminal: accuracies, leads, and the judgement in words."""
        yield (
            f"{self.task}   items   original base → result   reformed base → result   "
            "lead removed (95 % interval)"
        )
        for found in self.judgements:
            missed = f"   unmatched {found.unmatched[0]} → {found.unmatched[1]}" if found.unmatched else ""
            left = f"   {found.left_out} left out" if found.left_out else ""
            yield (
                f"  {found.reform:24} {found.items:6,}   {found.base_original:.3f} → "
                f"{found.result_original:.3f}   {found.base_reformed:.3f} → {found.result_reformed:.3f}   "
                f"{found.removed.value:+.3f} ({found.removed.low:+.3f} to {found.removed.high:+.3f})"
                f"{missed}{left}"
            ).replace("-", "−")
            yield f"    {found.outcome}: {found.sentence}"
        for name, reason in self.skipped.items():
            yield f"  {name}: does not apply: {reason}"


def report(plan: Plan, base: Answers, result: Answers, task: str, seed: int = 0) -> ReformReport:
    """Compare the answers of base and result to the same plan."""
    return ReformReport(
        task,
        judge(plan, base, result, seed),
        {reform.name: reform.reason for reform in plan.reforms if not reform.variants},
        per_item(plan, base, result),
    )


def _known(value: object) -> object:
    if isinstance(value, dict):
        return {key: _known(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_known(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
