"""Packed sequences of random tokens, for measurements: time and memory do not depend on what tokens say."""

from collections.abc import Iterable

import numpy as np

from rewarm.corpus.tables import ids
from rewarm.corpus.tables.blocks import Sequence


def packed(
    lengths: Iterable[list[int]], vocabulary: int, leaves: int, rng: np.random.Generator
) -> list[Sequence]:
    """A sequence for each list of document lengths, in tokens. Every document has a random leaf."""
    drawn = []
    for number, parts in enumerate(lengths):
        count = len(parts)
        drawn.append(
            Sequence(
                tokens=rng.integers(0, vocabulary, sum(parts)).astype(np.uint32),
                lengths=np.array(parts),
                leaves=rng.integers(0, leaves, count),
                documents=ids.of_digits(f"{1000 * number + part:020x}" for part in range(count)),
                offsets=np.zeros(count, dtype=np.int64),
                joined=np.zeros(count, dtype=bool),
                last=np.ones(count, dtype=bool),
                masked=np.empty(0, dtype=np.int32),
            )
        )
    return drawn
