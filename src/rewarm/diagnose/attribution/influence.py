"""Influence of training documents on queries, from their projected gradients (`gradients.py`).

To first order a step of gradient descent on document d changes the loss of query q by -rate x g_q . g_d. The
sum over the checkpoints of a training estimates what d did to q: positive products lowered the loss, negative
ones raised it (TracIn, Pruthi et al. 2020, arXiv 2002.08484, section 3). The number of a source is the mean
over a sample of its documents, each with the weight of its trained tokens.

The products are plain. Influence functions (Koh and Liang 2017, arXiv 1703.04730), TRAK (2303.14186) and
TrackStar (2410.17413) take them in the metric of the inverse second moment of the gradients; a sample of some
hundred documents of many sources does not give that metric, and a contradicting source was found less often
with it (`benchmarks/attribute.py`, one case).
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor


def products(queries: Tensor, documents: Tensor) -> np.ndarray:
    """Influence of each document on the mean loss of the queries, at one checkpoint.

    queries: float32 [queries, layers, numbers]; documents: float32 [documents, layers, numbers]. Returns
    float64 [documents] in units of their mean absolute value, since rates are not comparable between
    checkpoints; negative where training on the document raises the queries' loss.
    """
    asked = queries.flatten(1).double().mean(0)
    found: np.ndarray = (documents.flatten(1).double() @ asked).numpy()
    scale = float(np.abs(found).mean())
    return found / scale if scale else found


def of_sources(
    products: np.ndarray, tokens: np.ndarray, source: Sequence[str], trained: dict[str, float]
) -> dict[str, tuple[float, float]]:
    """Source → mean influence of a token, and what leaving the source out would gain.

    products, tokens: float64 [sampled documents]; trained: source → share of the training tokens. The gain is
    how much the mean influence of a token rises when the source's tokens go to the others, in proportion.
    Sources without a sampled document are left out.
    """
    names = np.array(source)
    means = {
        name: float(np.average(products[names == name], weights=tokens[names == name]))
        for name in trained
        if (names == name).any()
    }
    found = {}
    for name, mean in means.items():
        others = [one for one in means if one != name]
        share = sum(trained[one] for one in others)
        rest = sum(means[one] * trained[one] for one in others) / share if share else mean
        found[name] = (mean, trained[name] * (rest - mean))
    return found
