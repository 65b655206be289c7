"""Bounded robust least squares for many starts at once.

Levenberg–Marquardt with a projection onto the bounds; a Huber loss is minimised by weighting residuals
beyond `delta` down (iteratively reweighted least squares). All starts, or all bootstrap draws, are one
batch of arrays, so a fit of ten parameters from 64 starts takes well under a second on one core, and
scipy is not needed. Derivatives are forward differences: the laws are smooth and have few parameters.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Residuals = Callable[[Array], Array]
_STEP = 1e-6


def huber(residuals: Array, delta: Array | float) -> Array:
    """float64 [batch]: the Huber loss of float64 [batch, rows], quadratic below delta."""
    size = np.abs(residuals)
    loss: Array = np.where(size <= delta, 0.5 * size**2, delta * (size - 0.5 * delta)).sum(axis=1)
    return loss


def minimize(
    residuals: Residuals, start: Array, low: Array, high: Array, delta: float, iterations: int
) -> tuple[Array, Array]:
    """Minimise the Huber loss of `residuals` from each start.

    Args:
        residuals: from float64 [batch, parameters] to float64 [batch, rows].
        start: float64 [batch, parameters], within the bounds.
        low, high: float64 [parameters]; equal bounds fix a parameter.
        delta: the size of residual from which the loss grows linearly.

    Returns:
        float64 [batch, parameters] and the loss, float64 [batch].
    """
    place = start.copy()
    found = residuals(place)
    loss = huber(found, delta)
    damping = np.full(len(place), 1e-2)
    scale = np.maximum(1.0, np.abs(place))
    quiet = np.zeros(len(place), dtype=np.int64)
    for _ in range(iterations):
        slopes = _slopes(residuals, place, found, low, high)
        weight = np.minimum(1.0, delta / np.maximum(np.abs(found), 1e-300))
        gradient = np.einsum("brp,br->bp", slopes, weight * found)
        # A parameter at a bound that the gradient pushes outwards stays there.
        stuck = ((place <= low) & (gradient > 0)) | ((place >= high) & (gradient < 0)) | (high <= low)
        slopes = np.where(stuck[:, None, :], 0.0, slopes)
        gradient = np.where(stuck, 0.0, gradient)
        curvature = np.matmul(slopes.transpose(0, 2, 1) * weight[:, None, :], slopes)
        diagonal = np.einsum("bpp->bp", curvature)
        floor = 1e-12 * diagonal.max(axis=1, keepdims=True) + 1e-300
        ridge = damping[:, None] * np.maximum(diagonal, floor) + np.where(stuck, 1.0, 0.0) + floor
        step = -np.linalg.solve(curvature + ridge[:, :, None] * np.eye(place.shape[1]), gradient[..., None])
        step = np.clip(step[..., 0], -2 * scale, 2 * scale)
        tried = np.clip(place + step, low, high)
        tried_found = residuals(tried)
        tried_loss = huber(tried_found, delta)
        better = tried_loss < loss
        gain = np.where(better, (loss - tried_loss) / np.maximum(loss, 1e-300), 0.0)
        place[better], found[better], loss[better] = tried[better], tried_found[better], tried_loss[better]
        damping = np.clip(np.where(better, damping * 0.3, damping * 5), 1e-10, 1e8)
        quiet = np.where(gain < 1e-7, quiet + 1, 0)
        if quiet.min() >= 5:
            break
    return place, loss


def _slopes(residuals: Residuals, place: Array, found: Array, low: Array, high: Array) -> Array:
    """float64 [batch, rows, parameters]: derivatives of the residuals; 0 for fixed parameters."""
    out = np.zeros((*found.shape, place.shape[1]))
    for parameter in np.flatnonzero(high > low):
        moved = place.copy()
        width = _STEP * np.maximum(1.0, np.abs(place[:, parameter]))
        width = np.where(moved[:, parameter] + width > high[parameter], -width, width)
        moved[:, parameter] += width
        out[:, :, parameter] = (residuals(moved) - found) / width[:, None]
    return out
