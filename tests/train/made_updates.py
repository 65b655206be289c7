"""Updates made up for the tests of the guard and of what follows an alarm."""

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import numpy as np
from shards import identity

from rewarm.corpus.tables.ids import of_digits
from rewarm.recipe import Guard as Settings
from rewarm.train.guard.evidence import Evidence, Segments
from rewarm.train.guard.judge import Guard

LEAVES, TOKENS, BYTES = 2, 100, 400


def update(
    parts: int, *, seed: int, leaf: int | None = None, numbers: Iterable[int] | None = None
) -> Evidence:
    """An update of so many parts of documents, of both leaves unless one is given; about 3 nats a token."""
    rng = np.random.default_rng(seed)
    leaves = np.full(parts, leaf) if leaf is not None else np.arange(parts) % LEAVES
    nats = TOKENS * (3 + rng.normal(0, 0.1, parts))
    sums = np.stack([nats, np.full(parts, float(TOKENS)), np.full(parts, float(BYTES))], axis=1)
    tokens = tuple(
        rng.integers(1000 * which, 1000 * which + 200, TOKENS).astype(np.uint32) for which in leaves
    )
    sequence = np.arange(parts) if numbers is None else np.array(list(numbers))
    loss = float(nats.sum() / (parts * TOKENS))
    documents = of_digits([identity(number) for number in sequence.tolist()])
    segments = Segments(sequence, documents, leaves, tokens)
    return Evidence(loss, float(np.exp(rng.normal(0, 0.2))), segments, sums)


def dearer(evidence: Evidence, at: list[int], factor: float) -> Evidence:
    sums = evidence.sums.copy()
    sums[at, 0] *= factor
    return replace(evidence, sums=sums, loss=float(sums[:, 0].sum() / sums[:, 1].sum()))


def seasoned() -> Guard:
    """One that has seen 80 usual updates, without an alarm."""
    found = Guard(LEAVES, Settings().model_dump())
    found.load(json.loads(_history()))
    return found


@cache
def _history() -> str:
    found = Guard(LEAVES, Settings().model_dump())
    found.enter("adapt")
    for seed in range(80):
        seen = update(8, seed=seed)
        assert found.judge(seen) == []
        found.accept(seen)
    return json.dumps(found.state())
