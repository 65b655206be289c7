"""Which documents a run trains on, from the blocks: whole, or only some of their tokens."""

from dataclasses import dataclass

import numpy as np

from rewarm.corpus.tables import ids as document_ids
from rewarm.corpus.tables import token_table
from rewarm.corpus.tables.blocks import Blocks
from rewarm.runs.run import Run


@dataclass(frozen=True)
class Trained:
    """IDs of documents all of whose tokens stand in blocks, and of those with some."""

    whole: frozenset[str]
    part: frozenset[str]


def whole(run: Run) -> Trained:
    """Documents by how much of them the blocks of all stages hold. The run must have packed."""
    packed = run.steps["pack"].path
    stages = dict.fromkeys(update.stage for update in run.plan)
    segments = [Blocks(packed, stage).segments() for stage in stages]
    documents = np.concatenate([np.empty(0, document_ids.TYPE), *(part[0] for part in segments)])
    starts, lengths = (
        np.concatenate([np.empty(0, np.int64), *(part[place] for part in segments)]) for place in (1, 2)
    )
    found, owner = np.unique(document_ids.sortable(documents), return_inverse=True)
    covered = _covered(owner, starts, lengths, len(found))
    tokens = token_table.summary(run.steps["tokenize"].path / "tokens")
    known = document_ids.sortable(tokens.ids)
    order = np.argsort(known)
    size = tokens.lengths[order[np.searchsorted(known, found, sorter=order)]]
    names = [name.decode() for name in found.tolist()]
    return Trained(
        frozenset(name for name, full in zip(names, covered >= size, strict=True) if full),
        frozenset(name for name, full in zip(names, covered >= size, strict=True) if not full),
    )


def _covered(owner: np.ndarray, starts: np.ndarray, lengths: np.ndarray, owners: int) -> np.ndarray:
    """int64 [owners]: distinct tokens of each owner in its segments, which may repeat or overlap."""
    order = np.lexsort((starts, owner))
    owner, starts, stops = owner[order], starts[order], (starts + lengths)[order]
    covered = np.zeros(owners, np.int64)
    if not len(owner):
        return covered
    # The furthest token of the same document before each segment: a running maximum that owners keep apart.
    apart = owner.astype(np.int64) * (int(stops.max()) + 1)
    furthest = np.maximum.accumulate(stops + apart) - apart
    before = np.concatenate([[0], furthest[:-1]])
    before[np.concatenate([[True], owner[1:] != owner[:-1]])] = 0
    np.add.at(covered, owner, np.maximum(0, stops - np.maximum(starts, before)))
    return covered
