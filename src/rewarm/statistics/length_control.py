"""A rate of verdicts at equal length, for judges that prefer longer answers.

The idea is that of length-controlled AlpacaEval (Dubois et al. 2024, arXiv 2404.04475): regress the verdict
on the difference in length, then predict at a difference of 0. Here the difference is that of the logarithms
of the two lengths, divided by its root mean square and bounded by tanh, so that a few very long answers do
not decide the slope; and the model is fitted on one data set, without AlpacaEval's term for the difficulty of
its 805 prompts:

    P(verdict) = sigmoid(level + slope * tanh(difference / scale))

The interval is a bootstrap over prompts, and never narrower than that from the curvature of the likelihood:
of 100 prompts the bootstrap alone covers 93 %.

Where longer answers are better for other reasons than length, their merit is removed too: the rate answers
"which model would be preferred if both wrote equally much?", not "which is preferred?".
"""

from dataclasses import dataclass

import numpy as np

from rewarm.statistics.bootstrap import Estimate, interval

# Standard deviation of a normal prior on level and slope: it only keeps separable sets finite.
_PRIOR = 5.0
_STEPS = 30
# Of the middle 95 % of a normal distribution.
_Z = 1.959964
# Cells of one matrix of draws x prompts: 32 MB.
_CELLS = 1 << 22
# With fewer, a slope is not worth fitting.
LEAST = 20


@dataclass(frozen=True, slots=True)
class EqualLength:
    """rate: at equal length, with its 95 % interval; slope: change of the log-odds from equal length to far
    longer answers; longer: share of prompts where the result's answer is the longer one."""

    rate: Estimate
    slope: Estimate
    longer: float


def at_equal_length(
    log_ratio: np.ndarray, hit: np.ndarray, draws: int, rng: np.random.Generator
) -> EqualLength | str:
    """The share of hits at equal length, or why it cannot be known.

    Args:
        log_ratio: float64 [prompts], logarithm of the result's length by the base's.
        hit: bool [prompts].
        draws: bootstrap draws of prompts.
    """
    count = len(hit)
    if count < LEAST:
        return f"fewer than {LEAST} judged prompts"
    if hit.all() or not hit.any():
        return "all verdicts are the same"
    scale = float(np.sqrt(np.mean(log_ratio**2)))
    if not scale:
        return "all answers have the same length"
    x, y = np.tanh(log_ratio / scale), hit.astype(np.float64)
    found = _fit(x, y, np.ones((1, count)))[0]
    rows = max(1, _CELLS // count)
    parts = []
    for first in range(0, draws, rows):
        size = min(rows, draws - first)
        times = rng.multinomial(count, np.full(count, 1 / count), size=size).astype(np.float64)
        parts.append(_fit(x, y, times))
    drawn = np.concatenate(parts)
    low, high = interval(drawn[:, 0])
    half = _Z * _standard_error(x, found)
    ends = _sigmoid(np.array([min(low, found[0] - half), max(high, found[0] + half)]))
    return EqualLength(
        Estimate(float(_sigmoid(found[0])), float(ends[0]), float(ends[1])),
        Estimate(float(found[1]), *interval(drawn[:, 1])),
        float(np.mean(log_ratio > 0)),
    )


def _fit(x: np.ndarray, y: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Level and slope of each draw, float64 [draws, 2], by Newton's method. times: float64 [draws,
    prompts]."""
    fitted = np.zeros((len(times), 2))
    for _ in range(_STEPS):
        p = _sigmoid(fitted[:, :1] + fitted[:, 1:] * x)
        missing = times * (y - p)
        gradient = np.stack([missing.sum(1), missing @ x], 1) - fitted / _PRIOR**2
        weight = times * p * (1 - p)
        a, b, d = weight.sum(1) + _PRIOR**-2, weight @ x, weight @ (x * x) + _PRIOR**-2
        determinant = a * d - b * b
        step = np.stack([d * gradient[:, 0] - b * gradient[:, 1], a * gradient[:, 1] - b * gradient[:, 0]], 1)
        # A full Newton step from 0 may overshoot on nearly separable sets.
        step = np.clip(step / determinant[:, None], -2, 2)
        fitted += step
        if np.abs(step).max() < 1e-8:
            break
    return fitted


def _standard_error(x: np.ndarray, fitted: np.ndarray) -> float:
    """Of the level, from the curvature of the likelihood."""
    p = _sigmoid(fitted[0] + fitted[1] * x)
    weight = p * (1 - p)
    a, b, d = weight.sum() + _PRIOR**-2, weight @ x, weight @ (x * x) + _PRIOR**-2
    return float(np.sqrt(d / (a * d - b * b)))


def _sigmoid(value: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp(-value))
    return found
