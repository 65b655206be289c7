"""Stages that got fewer tokens or another mix than planned, since the data did not suffice.

Read from the mix's plan.json. Preflight estimates the same before the run (`preflight/budget.py`).
"""

from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from rewarm.report import figures, training
from rewarm.report.training import Portion
from rewarm.runs.run import Run

# One document cut to fit, and rounding.
_TOKENS, _SHARES = 0.02, 0.01


@dataclass(frozen=True, slots=True)
class Stage:
    """Tokens of a stage, and of its sources: (name, planned share, share, tokens, passes)."""

    name: str
    planned: float
    tokens: float
    sources: list[tuple[str, float, float, float, float]]

    @property
    def fewer(self) -> bool:
        """Whether the stage is shorter than planned."""
        return self.tokens < (1 - _TOKENS) * self.planned

    @property
    def remixed(self) -> bool:
        """Whether its mix is not the planned one."""
        return any(abs(share - planned) > _SHARES for _, planned, share, _, _ in self.sources)

    def sentence(self) -> str:
        """`stage adapt got 1,382 of 2,000 planned tokens (69.1 %), mixed law 60 % (planned 70 %), …`."""
        tokens, planned = figures.count(self.tokens), figures.count(self.planned)
        share = figures.percent(self.tokens / self.planned)
        said = f"stage {self.name} got {tokens} of {planned} planned tokens ({share})"
        if not self.remixed:
            return f"{said}; the mix is as planned"
        mix = ", ".join(
            f"{name} {figures.percent(share)} (planned {figures.percent(planned)})"
            for name, planned, share, _, _ in self.sources
        )
        return f"{said}, mixed {mix}"


def stages(run: Run) -> list[Stage]:
    """Every stage of a run; empty before the step mix."""
    portions = [portion for portion in training.mix(run, None) if isfinite(portion.planned_tokens)]
    names = dict.fromkeys(portion.stage for portion in portions)
    return [_stage(name, [portion for portion in portions if portion.stage == name]) for name in names]


def short(run: Run) -> list[Stage]:
    """The stages that got fewer tokens or another mix than planned."""
    return [stage for stage in stages(run) if stage.fewer or stage.remixed]


def data(run: Run) -> list[dict[str, Any]]:
    """Every stage for programs."""
    keys = ("source", "planned_share", "share", "tokens", "epochs")
    return [
        {
            **{key: value for key, value in asdict(stage).items() if key != "sources"},
            "short": stage.fewer or stage.remixed,
            "sources": [dict(zip(keys, row, strict=True)) for row in stage.sources],
        }
        for stage in stages(run)
    ]


def _stage(name: str, portions: list[Portion]) -> Stage:
    tokens = sum(portion.drawn_tokens for portion in portions)
    return Stage(
        name,
        sum(portion.planned_tokens for portion in portions),
        tokens,
        [
            (
                portion.source,
                portion.planned_share,
                portion.drawn_tokens / tokens if tokens else 0.0,
                portion.drawn_tokens,
                portion.epochs,
            )
            for portion in portions
        ],
    )
