"""What every law offers: fit measured losses, predict others, and draw from the predictive distribution."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rewarm.errors import RewarmError
from rewarm.laws.points import Points

Array = NDArray[np.float64]


class NotEnoughPilots(RewarmError):
    """The measured runs do not determine what is asked for."""


@dataclass(frozen=True)
class Estimate:
    """A fitted parameter and its 90 % interval."""

    name: str
    value: float
    low: float
    high: float


class Fitted(Protocol):
    """A law with its parameters."""

    def predict(self, points: Points) -> Array:
        """float64 [rows]: the expected loss."""

    def expected(self, points: Points, seed: int) -> Array:
        """float64 [draws, rows]: the expected loss under the parameters' uncertainty, without noise."""

    def draws(self, points: Points, seed: int) -> Array:
        """float64 [draws, rows]: losses that new runs may show; spread by the parameters' uncertainty
        and by the noise between runs, so that no interval is narrower than the measured noise."""

    def estimates(self) -> list[Estimate]:
        """The parameters; empty for laws without interpretable ones."""


class Law(Protocol):
    """A form. Losses are positive; errors are relative, that is, differences of logarithms."""

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> str:
        """The paper, or what the form is based on."""

    @property
    def needs(self) -> tuple[str, ...]:
        """`shares`, `own`, `schedule` or names of columns."""

    def size(self, points: Points) -> int:
        """The number of free parameters for these inputs."""

    def fit(self, points: Points, losses: Array, *, noise: float, draws: int, seed: int) -> Fitted:
        """Fit.

        Args:
            losses: float64 [rows].
            noise: standard deviation of the log loss between repeated runs; 0 if not measured.
            draws: how many bootstrap draws to keep for intervals; 0 for none.

        Raises:
            NotEnoughPilots: `refusal` tells the reason beforehand.
        """


def refusal(law: Law, points: Points) -> str | None:
    """Why the law cannot be fitted to these rows, or None."""
    missing = [need for need in law.needs if not points.has(need)]
    if missing:
        return f"needs {', '.join(missing)}"
    if "shares" in law.needs:
        mixes, sources = len(np.unique(points.shares.round(9), axis=0)), len(points.names)
        if mixes <= sources:
            # More rows of one mix do not tell its sources apart.
            return (
                f"not enough pilots to say: {mixes} different mixes of {sources} sources; "
                f"needs {sources + 1} or more"
            )
    kinds = int(points.distinct().max()) + 1 if len(points) else 0
    size = law.size(points)
    if kinds <= size:
        return (
            f"not enough pilots to say: {size} parameters, {kinds} different rows; needs {size + 1} or more"
        )
    return None


def interval(fitted: Fitted, points: Points, *, level: float = 0.9, seed: int = 0) -> tuple[Array, Array]:
    """float64 [rows] twice: the central interval of the loss of a new run."""
    tail = 50 * (1 - level)
    low, high = np.percentile(fitted.draws(points, seed), [tail, 100 - tail], axis=0)
    return low, high
