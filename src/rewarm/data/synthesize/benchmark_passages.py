"""Passages that hold a benchmark's question: they are not sent, since a paraphrase of it could not be
found later.

A question is held when a share of its 5-grams stands in the passage. It is looked for in the text alone,
less carefully than `decontaminate` does it: what is missed here verbatim is found there.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rewarm.data.synthesize.checks.faithful import grams

# Of fewer 5-grams (nine words) too many stand in any text of the field.
_LEAST = 5


@dataclass(frozen=True)
class Questions:
    """grams: uint64, sorted, of all questions; owners: int32, the question of each; sizes: int32
    [questions]."""

    grams: np.ndarray
    owners: np.ndarray
    sizes: np.ndarray

    def held(self, text: str) -> float:
        """The largest share of a question's 5-grams that stands in a text; 0 without questions."""
        if not len(self.grams):
            return 0.0
        own = grams(text)
        first = np.searchsorted(self.grams, own, "left")
        last = np.searchsorted(self.grams, own, "right")
        found = [self.owners[start:stop] for start, stop in zip(first, last, strict=True) if stop > start]
        if not found:
            return 0.0
        counts = np.bincount(np.concatenate(found), minlength=len(self.sizes))
        return float((counts / np.maximum(self.sizes, 1)).max())


def questions(texts: Iterable[str]) -> Questions:
    """The questions that are long enough to be told from common language."""
    sets = [found for text in texts if len(found := grams(text)) >= _LEAST]
    sizes = np.array([len(one) for one in sets], np.int32)
    every = np.concatenate([np.zeros(0, np.uint64), *sets])
    order = np.argsort(every, kind="stable")
    owners = np.repeat(np.arange(len(sets), dtype=np.int32), sizes)
    return Questions(every[order], owners[order], sizes)
