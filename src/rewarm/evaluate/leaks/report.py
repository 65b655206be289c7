"""The result of leak detection: as plain values for JSON, and as lines for a terminal."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from rewarm.evaluate.leaks.judgement import Judgement, judge
from rewarm.evaluate.leaks.losses import Losses
from rewarm.evaluate.leaks.plan import Plan
from rewarm.evaluate.leaks.power import PLANTED

FORMAT = 1


@dataclass(frozen=True, slots=True)
class LeakReport:
    """task: its name; judgement: of the losses."""

    task: str
    judgement: Judgement

    def plain(self) -> dict[str, Any]:
        """For JSON; an unknown number is None. Keys are those of docs/leaks.md."""
        found = self.judgement
        return {
            "format": FORMAT,
            "task": self.task,
            "outcome": found.outcome,
            "sentence": found.sentence,
            "evidence": [{**_plain(asdict(row)), "alarm": row.alarm} for row in found.evidence],
            "drops": dict(found.drops),
        }

    def lines(self) -> Iterator[str]:
        """For a terminal: the verdict, the tests with their power, and the changes of loss."""
        found = self.judgement
        yield f"{self.task}   {found.outcome}: {found.sentence}"
        for row in found.evidence:
            if row.reason:
                yield f"  {row.name:8} does not apply: {row.reason}"
                continue
            visible = f"{row.power.visible:.1%}" if isfinite(row.power.visible) else "none"
            yield (
                f"  {row.name:8} {row.test.items:,} items   loss lower by {row.share:+.2%} of the base's   "
                f"p = {row.test.p:.3g} against {row.level:.3g}   power {row.power.at_planted:.2f} at "
                f"{PLANTED:.0%}, visible from {visible}"
            ).replace("-", "−")
        drops = " · ".join(f"{name} {value:+.4f}" for name, value in found.drops.items()).replace("-", "−")
        yield f"  bits per byte, result − base: {drops}"


def report(plan: Plan, base: Losses, result: Losses, task: str, seed: int = 0) -> LeakReport:
    """Judge the losses of base and result on the same plan."""
    return LeakReport(task, judge(plan, base, result, seed))


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not isfinite(value) else value
