"""Learning-rate shapes of one stage, as pure functions of the update's number.

No state: the rate of any update is known without walking to it, which is what lets a run resume,
roll back or continue with further blocks. Every shape goes linearly from `start` to `peak` over the
warm-up. Then `linear`, `cosine` (Loshchilov & Hutter 2017, arXiv 1608.03983, eq. 5), `sqrt` and
`exponential` fall to `final` over what is left; `constant` holds the peak; `wsd` (Hu et al. 2024,
2404.06395, section 4) holds it and falls in the last `decay` updates; `infinite` (Ibrahim et al. 2024,
2403.08763, on infinite learning rates) falls by a cosine in `decay` updates to `final` and stays there:
training goes on for as long as one likes, and a later stage anneals from any checkpoint.

A fall is counted so that its last update has `final`: update k of n, from 1, has done k/n of it, as
papers count. So a stage ends at the rate where the next begins, and no update has the peak twice. A
scheduler that counts from 0 gives its first falling update the peak and never reaches its final rate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sqrt
from typing import Any, Literal, get_args

Shape = Literal["constant", "linear", "cosine", "sqrt", "exponential", "wsd", "infinite"]
Fall = Literal["linear", "cosine", "sqrt", "exponential"]


def _exponential(done: float, peak: float, final: float) -> float:
    """A straight line in logarithms: Hu's 0.5^(s/T) with T so that the end is `final`."""
    return float(peak * (final / peak) ** done)


def _towards(left: Callable[[float], float]) -> Callable[[float, float, float], float]:
    return lambda done, peak, final: final + (peak - final) * left(done)


# Share of the fall that is done, peak, final → rate.
_FALLS: dict[str, Callable[[float, float, float], float]] = {
    "linear": _towards(lambda done: 1 - done),
    "cosine": _towards(lambda done: (1 + cos(pi * done)) / 2),
    "sqrt": _towards(lambda done: 1 - sqrt(done)),  # Haegele et al. 2024, arXiv 2405.18392, section 3
    "exponential": _exponential,
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """One stage's rates. peak, final, start: learning rates; updates, warmup, decay: updates.

    decay: length of the fall of `wsd` and `infinite`; fall: its form, for `wsd`; start: where the warm-up
    comes from, zero or the end of the stage before, above or below the peak.
    Raises ValueError when a field makes no schedule; the message names it.
    """

    shape: Shape
    peak: float
    final: float
    updates: int
    warmup: int = 0
    decay: int = 0
    fall: Fall = "sqrt"
    start: float = 0.0

    def __post_init__(self) -> None:
        for name, value, known in (("shape", self.shape, Shape), ("decay_shape", self.fall, Fall)):
            if value not in get_args(known):
                raise ValueError(f"{name}: {value!r} is none of {', '.join(get_args(known))}")
        if self.updates < 1:
            raise ValueError(f"updates: {self.updates} is not positive")
        if not 0 <= self.final <= self.peak or self.peak == 0:
            raise ValueError(f"peak {self.peak}, final {self.final}: need 0 <= final <= peak and peak > 0")
        if self.start < 0:
            raise ValueError(f"start: {self.start} is negative")
        if self.form == "exponential" and self.final == 0:
            raise ValueError("final 0: an exponential fall never gets there; give a positive rate")
        if self.warmup < 0 or self.decay < 0 or self.warmup + self.decay > self.updates:
            raise ValueError(
                f"warmup {self.warmup} + decay {self.decay} do not fit in {self.updates} updates; shorten one"
            )

    @property
    def form(self) -> str:
        """How the rate falls, or `constant`."""
        return {"wsd": self.fall, "infinite": "cosine"}.get(self.shape, self.shape)

    @property
    def falling(self) -> range:
        """The updates in which the rate falls; empty for `constant`."""
        if self.shape == "constant":
            return range(0)
        if self.shape == "infinite":
            return range(self.warmup, self.warmup + self.decay)
        return range(self.updates - self.decay if self.shape == "wsd" else self.warmup, self.updates)

    def rate(self, update: int) -> float:
        """The rate of the update with this index, 0 to updates - 1; the last update has `final`.

        `constant` keeps the peak to the end. Raises IndexError for an update outside the stage.
        """
        if not 0 <= update < self.updates:
            raise IndexError(f"update {update} is outside the stage's {self.updates} updates")
        if update < self.warmup:
            return self.start + (self.peak - self.start) * (update + 1) / self.warmup
        falling = self.falling
        if update in falling:
            done = (update - falling.start + 1) / len(falling)
            return _FALLS[self.form](done, self.peak, self.final)
        return self.final if self.shape == "infinite" else self.peak


def of_stage(shape: dict[str, Any], updates: int, start: float = 0.0) -> Schedule:
    """The schedule of a recipe's stage over this many updates; shares become numbers of updates.

    shape: with rates as numbers; start: the rate at which the stage before ended. A fall has at least
    one update whatever the shares, so that a short stage ends at `final` too.
    """
    parts = shape["shape"] in ("wsd", "infinite")
    decay = min(updates, max(round(shape["decay"] * updates), 1)) if parts else 0
    kept = decay if parts or shape["shape"] == "constant" else 1
    warmup = min(round(shape["warmup"] * updates), updates - kept)
    return Schedule(
        shape["shape"], shape["peak"], shape["final"], updates, warmup, decay, shape["decay_shape"], start
    )
