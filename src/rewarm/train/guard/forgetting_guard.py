"""The forgetting guard: held-out losses against the base while training goes on.

Held-out documents of every leaf are scored in bits per byte, on the documents that the step
`baseline` scored: those of the retained tasks to find forgetting, those of the domain to find a training
that makes the domain worse. It evaluates every `forgetting.every` updates, and after a few early ones, when a
wrong learning rate shows and little is lost. The actions on a breach are in `forgetting_actions.py`.
"""

from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch

from rewarm.corpus.tables import heldout, leaves
from rewarm.engine.work import Work
from rewarm.model import scoring
from rewarm.model.packed_lm import PackedLM
from rewarm.train.distributed.ranks import Ranks

LEARN = "domain"
EARLY = (8, 32, 128)
"""Finished updates after which it also evaluates; each four times later than the one before."""


@dataclass(frozen=True, slots=True)
class Change:
    """A leaf's bits per byte before training and now; domain: whether it is to be learnt."""

    source: str
    leaf: int
    documents: int
    before: float
    now: float
    domain: bool

    @property
    def bits_per_byte(self) -> float:
        return self.now - self.before

    def __str__(self) -> str:
        return f"{self.source} {self.bits_per_byte:+.3f} bits/byte"


def due(done: int, every: int) -> bool:
    """Whether to measure after this many finished updates; never where `every` is 0."""
    return every > 0 and (done % every == 0 or done in EARLY)


class ForgettingGuard:
    """Measures held-out documents of every leaf against the base.

    retained: the leaves whose task is another than the domain.
    """

    def __init__(self, work: Work, ranks: Ranks) -> None:
        settings = work.config["forgetting"]
        self._ranks, self._config = ranks, {**work.config["train"], **work.config["free"]}
        known = leaves.read(work.table("leaves"))
        self._sources = {leaf.number: leaf.source for leaf in known}
        self.retained = [leaf.number for leaf in known if leaf.labels.get("task") != LEARN]
        documents = heldout.read(work.table("heldout"), settings)
        leaf_of = leaves.of_documents(work.table("heldout_leaf_of"), documents.ids)
        base = pq.read_table(work.table("scores"))
        self._before = np.stack([base[name].to_numpy() for name in ("nats", "tokens", "bytes")], axis=1)
        self._rows = {
            leaf: np.flatnonzero(leaf_of == leaf)[: settings["documents"]] for leaf in self._sources
        }
        chosen = [row for rows in self._rows.values() for row in rows.tolist()]
        self._batches = scoring.batches(documents.tokens, chosen, documents.lengths, settings["seq_len"])
        self._token_bytes = np.load(work.table("token_bytes")).astype(np.float64)

    def measure(self, lm: PackedLM) -> list[Change]:
        """The change of every leaf with held-out documents."""
        if not self._batches:
            return []
        now = self._score(lm)
        changes = []
        for leaf, rows in self._rows.items():
            before, after = self._before[rows].sum(0), now[rows].sum(0)
            if len(rows) and before[2] and after[2]:
                bits = [float(sums[0] / (sums[2] * log(2))) for sums in (before, after)]
                domain = leaf not in self.retained
                changes.append(Change(self._sources[leaf], leaf, len(rows), bits[0], bits[1], domain))
        return changes

    def _score(self, lm: PackedLM) -> np.ndarray:
        """float64 [held-out documents, 3]: nats, tokens, bytes; zeros for those that are not measured."""
        ranks = self._ranks
        sums = torch.zeros(len(self._before), 3, dtype=torch.float64, device=ranks.device)
        lm.eval()
        turns = -(-len(self._batches) // ranks.data_world_size)
        for turn in range(turns):
            number = turn * ranks.data_world_size + ranks.data_rank
            # Every rank runs the same number of passes; surplus ones are not counted.
            batch = self._batches[min(number, len(self._batches) - 1)]
            for row, scored in scoring.score(lm, batch, self._token_bytes, ranks.device, self._config):
                if number < len(self._batches):
                    sums[row] += torch.from_numpy(scored).to(ranks.device)
        lm.train()
        reshard: Any = getattr(lm, "reshard", None)
        if reshard is not None:  # FSDP leaves the root's weights whole after a forward pass alone
            reshard()
        total: np.ndarray = ranks.add_up(sums).cpu().numpy()
        return total


def breach(changes: list[Change], tolerance: float) -> Change | None:
    """The retained leaf that lost most, if it lost more than `tolerance` bits per byte."""
    return _worst([change for change in changes if not change.domain], tolerance)


def worse_domain(changes: list[Change], tolerance: float) -> Change | None:
    """The leaf of the domain that rose most, if by more than `tolerance` bits per byte."""
    return _worst([change for change in changes if change.domain], tolerance)


def _worst(changes: list[Change], tolerance: float) -> Change | None:
    worst = max(changes, key=lambda change: change.bits_per_byte, default=None)
    return worst if worst is not None and worst.bits_per_byte > tolerance else None
