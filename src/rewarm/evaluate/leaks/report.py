"""The result of leak detection: as plain values for JSON, and as lines for a terminal."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from rewarm.evaluate.leaks.judgement import Judgement, Outcome, judge
from rewarm.evaluate.leaks.losses import Losses
from rewarm.evaluate.leaks.plan import Plan
from rewarm.evaluate.leaks.power import PLANTED
from rewarm.evaluate.leaks.provenance import Provenance
from rewarm.evaluate.leaks.supporting import Supporting

FORMAT = 1
_SHOWN = 10
_PASSAGE = 160


@dataclass(frozen=True, slots=True)
class LeakReport:
    """task: its name; judgement: of the losses; supporting: evidence that decides nothing; provenance: of the
    items in a run, None without a run."""

    task: str
    judgement: Judgement
    supporting: tuple[Supporting, ...] = ()
    provenance: Provenance | None = None

    @property
    def outcome(self) -> Outcome:
        """`leaked` if a document with an item was trained on, else what the losses say."""
        trained = self.provenance is not None and "trained" in self.provenance.fates
        return "leaked" if trained else self.judgement.outcome

    def plain(self) -> dict[str, Any]:
        """For JSON; an unknown number is None. Keys are those of docs/leaks.md."""
        found = self.judgement
        return {
            "format": FORMAT,
            "task": self.task,
            "outcome": self.outcome,
            "provenance": self.provenance
            and {
                **_plain(asdict(self.provenance)),
                "fates": self.provenance.fates,
            },
            "losses": found.outcome,
            "sentence": found.sentence,
            "evidence": [{**_plain(asdict(row)), "alarm": row.alarm} for row in found.evidence],
            "drops": dict(found.drops),
            "supporting": [_plain(asdict(row)) for row in self.supporting],
        }

    def lines(self) -> Iterator[str]:
        """For a terminal: the verdict, the tests with their power, and the changes of loss."""
        found = self.judgement
        yield f"{self.task}   {self.outcome}"
        yield from self._provenance_lines()
        yield f"  losses: {found.outcome}: {found.sentence}"
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
        for extra in self.supporting:
            planted = f"{PLANTED:.0%} less loss" if extra.name == "paraphrase" else "one standard deviation"
            told = extra.reason or f"p = {extra.p:.3g}   power {extra.power:.2f} for {planted}"
            yield f"  supporting only: {extra.name:12} {told}"

    def _provenance_lines(self) -> Iterator[str]:
        found = self.provenance
        if found is None:
            return
        fates = " · ".join(f"{count:,} {fate}" for fate, count in found.fates.items()) or "none found"
        yield (
            f"  provenance: {found.compared:,} of {found.items:,} items searched in {found.documents:,} "
            f"documents: {fates}"
        )
        for row in found.found[:_SHOWN]:
            detail = f" ({row.detail})" if row.detail else ""
            yield f"    {row.item}   {row.fate}{detail}   {row.document[:12]} {row.source}   {row.score:.2f}"
            yield f"      {row.passage[:_PASSAGE]}"


def report(
    plan: Plan,
    base: Losses,
    result: Losses,
    task: str,
    seed: int = 0,
    *,
    supporting: tuple[Supporting, ...] = (),
    provenance: Provenance | None = None,
) -> LeakReport:
    """Judge the losses of base and result on the same plan."""
    return LeakReport(task, judge(plan, base, result, seed), supporting, provenance)


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not isfinite(value) else value
