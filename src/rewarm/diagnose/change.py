"""A change of loss with its standard error, and when it counts."""

from dataclasses import dataclass
from math import erf, hypot, sqrt

# Standard errors, nats per token, and share of the loss at the start, from which a change counts. The share
# is the larger limit for small models, whose losses are high.
CLEAR, LEAST, LEAST_SHARE = 3.0, 0.05, 0.025


@dataclass(frozen=True, slots=True)
class Change:
    """nats: per token, negative for a fall; error: its standard error; held_out: whether it was measured on
    held-out documents, which base and result have both scored, or is that of the training loss."""

    nats: float
    error: float
    held_out: bool = False

    @property
    def deviations(self) -> float:
        """In standard errors; negative for a fall."""
        return self.nats / max(self.error, 1e-9)

    def minus(self, other: "Change") -> "Change":
        """By how much more this one changed; the errors are taken as independent."""
        return Change(self.nats - other.nats, hypot(self.error, other.error), self.held_out)

    def falls(self, least: float = LEAST) -> bool:
        """A clear fall of more than `least`."""
        return self.deviations < -CLEAR and self.nats < -least

    def rises(self, least: float = LEAST) -> bool:
        """A clear rise of more than `least`."""
        return self.deviations > CLEAR and self.nats > least


def confidence(deviations: float) -> float:
    """Two-sided probability that a change of so many standard errors is none of chance, at most 0.999."""
    return min(0.999, erf(abs(deviations) / sqrt(2)))
