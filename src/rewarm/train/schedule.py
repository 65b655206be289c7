"""Learning-rate shapes of one stage, as pure functions of the step.

No state: the rate of any step is known without walking to it, which is what lets a run resume,
roll back or continue with further blocks. Every shape warms up linearly from near zero, then
`constant`, `linear` and `cosine` (Loshchilov & Hutter 2017, arXiv 1608.03983, eq. 5) go from peak to
final over what is left; `wsd` holds the peak and falls over the last steps by 1 - sqrt
(Haegele et al. 2024, arXiv 2405.18392).
"""

from dataclasses import dataclass
from math import cos, pi, sqrt
from typing import Any, Literal, get_args

Shape = Literal["constant", "linear", "cosine", "wsd"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """One stage's rates. peak, final: learning rates; warmup, decay: steps, decay for `wsd` only.

    Raises ValueError when a field makes no schedule; the message names it.
    """

    shape: Shape
    peak: float
    final: float
    steps: int
    warmup: int = 0
    decay: int = 0

    def __post_init__(self) -> None:
        if self.shape not in get_args(Shape):
            raise ValueError(f"shape: {self.shape!r} is none of {', '.join(get_args(Shape))}")
        if self.steps < 1:
            raise ValueError(f"steps: {self.steps} is not positive")
        if not 0 <= self.final <= self.peak or self.peak == 0:
            raise ValueError(f"peak {self.peak}, final {self.final}: need 0 <= final <= peak and peak > 0")
        if self.warmup < 0 or self.decay < 0 or self.warmup + self.decay > self.steps:
            raise ValueError(
                f"warmup {self.warmup} + decay {self.decay} do not fit in {self.steps} steps; shorten one"
            )

    def rate(self, step: int) -> float:
        """The rate of the update with this index, 0 to steps - 1; the last update has `final`.

        `constant` keeps the peak to the end. Raises IndexError for a step outside the stage.
        """
        if not 0 <= step < self.steps:
            raise IndexError(f"step {step} lies outside the stage's {self.steps} steps")
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        start = self.steps - self.decay if self.shape == "wsd" else self.warmup
        if self.shape == "constant" or step < start:
            return self.peak
        # Falls over the updates from `start`, counted so that the last one reaches `final`.
        done = (step - start + 1) / (self.steps - start)
        remaining = {"linear": 1 - done, "cosine": (1 + cos(pi * done)) / 2, "wsd": 1 - sqrt(done)}
        return self.final + (self.peak - self.final) * remaining[self.shape]


def of_stage(shape: dict[str, Any], steps: int) -> Schedule:
    """The schedule of a recipe's stage over this many updates; shares become steps."""
    decay = round(shape["decay"] * steps) if shape["shape"] == "wsd" else 0
    warmup = min(round(shape["warmup"] * steps), steps - decay)
    return Schedule(shape["shape"], shape["peak"], shape["final"], steps, warmup, decay)
