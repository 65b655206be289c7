"""CoDeC (contamination detection via context): does another item of the set, put before an item, help?

A model that has not seen a set learns its style from the item before and becomes surer; one that remembers
the set is disturbed by it. The score is the loss with the context minus the loss without, in bits per byte.
"""

from collections.abc import Sequence

import numpy as np

from rewarm.evaluate.tasks.prompt import Request

_BETWEEN = "\n\n"


def requests(texts: Sequence[Request], rng: np.random.Generator) -> list[Request]:
    """Each text behind another one of the same set, drawn so that each serves once."""
    order = rng.permutation(len(texts))
    before = np.empty(len(texts), dtype=np.int64)
    before[order] = np.roll(order, 1)
    return [
        Request(number, (), texts[before[number]].continuation + _BETWEEN, text.continuation)
        for number, text in enumerate(texts)
    ]
