"""The forgetting guard: held-out losses against the base while training goes on.

Held-out documents of every leaf are scored in bits per byte, on the documents that the step
`baseline` scored: those of the retained tasks for what is forgotten, those of the domain for a
training that makes worse what it is for. Besides every `forgetting.every` updates it looks early,
when a wrong rate shows and little is lost yet.
"""

import json
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch

from rewarm.corpus.tables import token_table
from rewarm.engine.work import Work
from rewarm.model import scoring
from rewarm.model.packed_lm import PackedLM
from rewarm.train.distributed.ranks import Ranks

LEARN = "domain"
EARLY = (8, 32, 128)
"""Finished updates after which it looks besides; each four times later than the one before."""


@dataclass(frozen=True, slots=True)
class Change:
    """A leaf: bits per byte before and now, on these documents; domain: whether it is to be learnt."""

    source: str
    leaf: int
    documents: int
    before: float
    now: float
    domain: bool

    @property
    def bits_per_byte(self) -> float:
        return self.now - self.before


def due(done: int, every: int) -> bool:
    """Whether to look after this many finished updates; never where `every` is 0."""
    return every > 0 and (done % every == 0 or done in EARLY)


class Heldout:
    """Held-out documents of every leaf, and the base's loss on them."""

    def __init__(self, work: Work, ranks: Ranks) -> None:
        config = work.config["forgetting"]
        folder = work.inputs["tokenize"]
        self._ranks, self._config = ranks, {**work.config["train"], **work.config["free"]}
        leaves = json.loads((folder / "leaves.json").read_text())
        self._leaves = [leaf["leaf"] for leaf in leaves]
        self.kept = [leaf["leaf"] for leaf in leaves if leaf["labels"].get("task") != LEARN]
        self._sources = {leaf["leaf"]: leaf["source"] for leaf in leaves}
        table = token_table.summary(folder / "tokens")
        self._leaf = table.leaves
        before = pq.read_table(work.inputs["baseline"] / "documents.parquet")
        order = {row: at for at, row in enumerate(np.flatnonzero(table.heldout).tolist())}
        self._before = np.stack([before[name].to_numpy() for name in ("nats", "tokens", "bytes")], axis=1)
        chosen = []
        for leaf in self._leaves:
            rows = np.flatnonzero(table.heldout & (table.leaves == leaf))[: config["documents"]]
            chosen += rows.tolist()
        self._rows = chosen
        self._order = order
        self._batches = scoring.batches(
            token_table.Tokens(folder / "tokens"), chosen, table.lengths, config["seq_len"]
        )
        self._sizes = np.load(folder / "token_bytes.npy").astype(np.float64)

    def measure(self, lm: PackedLM) -> list[Change]:
        """The change of every leaf with held-out documents."""
        ranks = self._ranks
        if not self._batches:
            return []
        sums = torch.zeros(len(self._order), 3, dtype=torch.float64, device=ranks.device)
        lm.eval()
        turns = -(-len(self._batches) // ranks.data_world)
        for turn in range(turns):
            at = turn * ranks.data_world + ranks.data_rank
            # Every rank runs as many passes; one too many is not counted.
            batch = self._batches[min(at, len(self._batches) - 1)]
            for row, found in scoring.score(lm, batch, self._sizes, ranks.device, self._config):
                if at < len(self._batches):
                    sums[self._order[row]] += torch.from_numpy(found).to(ranks.device)
        lm.train()
        reshard: Any = getattr(lm, "reshard", None)
        if reshard is not None:  # FSDP leaves the root's weights whole after a forward pass alone
            reshard()
        now = ranks.add_up(sums).cpu().numpy()
        changes = []
        for leaf in self._leaves:
            rows = [self._order[row] for row in self._rows if self._leaf[row] == leaf]
            before, after = self._before[rows].sum(0), now[rows].sum(0)
            if rows and before[2] and after[2]:
                bits = [float(part[0] / (part[2] * log(2))) for part in (before, after)]
                domain = leaf not in self.kept
                changes.append(Change(self._sources[leaf], leaf, len(rows), bits[0], bits[1], domain))
        return changes


def breach(changes: list[Change], tolerance: float) -> Change | None:
    """The retained leaf that lost most, if it lost more than `tolerance` bits per byte."""
    return _worst([change for change in changes if not change.domain], tolerance)


def worse_domain(changes: list[Change], tolerance: float) -> Change | None:
    """The leaf of the domain that rose most, if by more than `tolerance` bits per byte."""
    return _worst([change for change in changes if change.domain], tolerance)


def _worst(changes: list[Change], tolerance: float) -> Change | None:
    worst = max(changes, key=lambda change: change.bits_per_byte, default=None)
    return worst if worst is not None and worst.bits_per_byte > tolerance else None
