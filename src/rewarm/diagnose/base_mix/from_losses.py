"""Shares of kinds of text in what a model was trained on, from its losses on samples and their slopes.

Slopes are taken along two sets of weights: those of the linear layers, and a bias per token of the
vocabulary, which the model need not have. Either set has its own scale, so the products of each are divided
by their mean over the kinds before they are added. On small models trained on known mixes, the sum was more
even than either alone (docs/diagnose.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewarm.diagnose.attribution import gradients
from rewarm.diagnose.attribution.gradients import Passage
from rewarm.diagnose.base_mix import calibration, stationary
from rewarm.diagnose.base_mix.stationary import Floats
from rewarm.statistics.bootstrap import interval

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# Numbers kept of a linear layer's gradient are the square of this; products of gradients keep their mean.
_WIDTH = 16
_EVERY_LAYER = 10**6
_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Estimate:
    """float64 [kinds] each. shares: of tokens, they add up to 1; low, high: 95 % interval over documents;
    losses: nats per token; slopes: how fast a small step on a kind's own text lowers its loss, in units of
    the mean over the kinds."""

    shares: Floats
    low: Floats
    high: Floats
    losses: Floats
    slopes: Floats


def estimate(
    model: "PreTrainedModel",
    passages: Sequence[Passage],
    kind: npt.NDArray[np.int64],
    *,
    precision: str = "bf16",
    on_progress: Callable[[int], None] = lambda _: None,
) -> Estimate:
    """kind: int64 [passages], 0, 1, … without gaps, each at least twice; passages: that the model was not
    trained on, pieces of different documents. on_progress: called with the number of passages done, each of
    which is done twice."""
    kinds = int(kind.max()) + 1
    surplus, losses = calibration.of_passages(model, passages, precision=precision, on_progress=on_progress)
    of_layers = gradients.of_passages(
        model, passages, blocks=_EVERY_LAYER, width=_WIDTH, precision=precision, on_progress=on_progress
    )
    grams = [(one @ one.T).numpy() for one in (surplus.double(), of_layers.flatten(1).double())]
    size = np.array([float(one.weights[1:].sum()) for one in passages])

    def products(weights: Floats) -> Floats:
        both = [stationary.products(gram, kind, weights, kinds) for gram in grams]
        # A set whose slopes are lost in the noise of the documents says nothing.
        clear = [one / np.trace(one) for one in both if np.trace(one) > 0]
        return np.sum(clear, axis=0) if clear else np.zeros((kinds, kinds))

    rng = np.random.default_rng(0)
    drawn = [stationary.shortest(products(size * _times(kind, rng))) for _ in range(_DRAWS)]
    low, high = np.array([interval(samples) for samples in np.array(drawn).T]).T
    found = products(size)
    own = np.diag(found)
    return Estimate(
        shares=stationary.shortest(found),
        low=low,
        high=high,
        losses=np.bincount(kind, size * losses.double().numpy()) / np.bincount(kind, size),
        slopes=own / own.mean() if own.any() else own,
    )


def _times(kind: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """How often each document is drawn, kind by kind with replacement: int64 [documents]."""
    times = np.zeros(len(kind), np.int64)
    for number in np.unique(kind):
        mine = np.flatnonzero(kind == number)
        # A kind's own product needs two different documents.
        while np.count_nonzero(times[mine]) < 2:
            times[mine] = rng.multinomial(len(mine), np.full(len(mine), 1 / len(mine)))
    return times
