"""Bootstrap intervals over documents (Efron 1979).

An interval is the middle 95 % of a ratio of sums when the documents are drawn anew with replacement. It
says how far a figure depends on which documents were held out, not how another training run would end.
"""

from dataclasses import dataclass
from math import log, nan

import numpy as np


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of bits per byte and its 95 % interval; NaN where unknown."""

    value: float = nan
    low: float = nan
    high: float = nan

    @property
    def includes_zero(self) -> bool:
        return self.low <= 0 <= self.high


UNKNOWN = Estimate()
# Fewer documents cannot bound a change: four, drawn anew, give 35 different sets.
LEAST_DOCUMENTS = 5


def resampled(nats: np.ndarray, size: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Bits per byte of documents drawn with replacement.

    Args:
        nats, size: float64 [documents], nats (or a difference of nats) and UTF-8 bytes of each.

    Returns:
        float64 [at most draws], without draws of 0 bytes; empty below `LEAST_DOCUMENTS` or without bytes.
    """
    if len(nats) < LEAST_DOCUMENTS or not size.sum():
        return np.empty(0)
    times = rng.multinomial(len(nats), np.full(len(nats), 1 / len(nats)), size=draws).astype(np.float64)
    drawn_nats, drawn_size = times @ nats, times @ size
    bits: np.ndarray = drawn_nats[drawn_size > 0] / (drawn_size[drawn_size > 0] * log(2))
    return bits


def interval(samples: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of float64 [samples]; NaN for none."""
    if not len(samples):
        return nan, nan
    low, high = np.percentile(samples, [2.5, 97.5])
    return float(low), float(high)
