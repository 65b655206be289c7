"""The forgetting guard: what is to be kept, measured while training goes on.

Held-out documents of every task but the domain are scored against the base, in bits per byte, on
the documents that the step `baseline` scored.
"""

import json
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch

from rewarm.corpus import token_table
from rewarm.corpus.work import Work
from rewarm.model import scoring
from rewarm.model.packed_lm import PackedLM
from rewarm.train.ranks import Ranks

LEARN = "domain"


@dataclass(frozen=True, slots=True)
class Change:
    """A source that is to be kept: bits per byte before and now, on these documents."""

    source: str
    leaf: int
    documents: int
    before: float
    now: float

    @property
    def bits_per_byte(self) -> float:
        return self.now - self.before


class Kept:
    """The held-out documents of what is to be kept, and the base's loss on them."""

    def __init__(self, work: Work, ranks: Ranks) -> None:
        config = work.config["forgetting"]
        folder = work.inputs["tokenize"]
        self._ranks, self._config = ranks, {**work.config["train"], **work.config["free"]}
        leaves = json.loads((folder / "leaves.json").read_text())
        self.leaves = [leaf["leaf"] for leaf in leaves if leaf["labels"].get("task") != LEARN]
        self._sources = {leaf["leaf"]: leaf["source"] for leaf in leaves}
        table = token_table.summary(folder / "tokens")
        self._leaf = table.leaves
        before = pq.read_table(work.inputs["baseline"] / "documents.parquet")
        order = {row: at for at, row in enumerate(np.flatnonzero(table.heldout).tolist())}
        self._before = np.stack([before[name].to_numpy() for name in ("nats", "tokens", "bytes")], axis=1)
        chosen = []
        for leaf in self.leaves:
            rows = np.flatnonzero(table.heldout & (table.leaves == leaf))[: config["documents"]]
            chosen += rows.tolist()
        self._rows = chosen
        self._order = order
        self._batches = scoring.batches(
            token_table.Tokens(folder / "tokens"), chosen, table.lengths, config["seq_len"]
        )
        self._sizes = np.load(folder / "token_bytes.npy").astype(np.float64)

    def measure(self, lm: PackedLM) -> list[Change]:
        """The change of every source that is to be kept; none without held-out documents."""
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
        for leaf in self.leaves:
            rows = [self._order[row] for row in self._rows if self._leaf[row] == leaf]
            before, after = self._before[rows].sum(0), now[rows].sum(0)
            if rows and before[2] and after[2]:
                bits = [float(part[0] / (part[2] * log(2))) for part in (before, after)]
                changes.append(Change(self._sources[leaf], leaf, len(rows), *bits))
        return changes


def breach(changes: list[Change], tolerance: float) -> Change | None:
    """The source that lost most, if it lost more than `tolerance` bits per byte."""
    worst: Any = max(changes, key=lambda change: change.bits_per_byte, default=None)
    found: Change | None = worst if worst is not None and worst.bits_per_byte > tolerance else None
    return found
