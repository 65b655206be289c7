"""What an earlier run trained on, for a run that goes on from its state.

Its documents count as used, so that new ones come first and the epoch cap holds over both runs; and
none of its training texts is held out now, since the model has seen them.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from rewarm.corpus.arrays import unique_sorted
from rewarm.corpus.tables import documents, ids, leaves
from rewarm.corpus.tables.blocks import Blocks, updates
from rewarm.corpus.tables.leaves import Leaf

USES = "earlier.json"


@dataclass(frozen=True)
class Earlier:
    """Directories that steps of the earlier run published; update_count: those of its updates that count."""

    holdout: Path
    mix: Path
    pack: Path
    batch_tokens: int
    update_count: int

    @classmethod
    def of(cls, config: dict[str, Any]) -> "Earlier | None":
        """As a step's configuration holds it; None for a run that starts at a base."""
        given = config.get("earlier")
        if given is None:
            return None
        folders = {name: Path(given[name]) for name in ("holdout", "mix", "pack")}
        return cls(**folders, batch_tokens=given["batch_tokens"], update_count=given["updates"])

    def uses(self) -> Counter[str]:
        """Document id → how often its start was trained on, with what the earlier run itself went on from."""
        found: Counter[str] = Counter()
        blocks: dict[str, Blocks] = {}
        for update in updates(self.pack, self.batch_tokens)[: self.update_count]:
            stage = blocks.setdefault(update.stage, Blocks(self.pack, update.stage))
            for number in update.sequences:
                sequence = stage[number]
                found.update(ids.digits(sequence.documents[sequence.offsets == 0]))
        before = self.mix / USES
        if before.exists():
            found.update(json.loads(before.read_text()))
        return found

    def leaves(self) -> list[Leaf]:
        """Its leaves, whose numbers a run that goes on from it keeps."""
        return leaves.read(self.mix / "leaves.json")

    def texts(self) -> np.ndarray:
        """uint64: the hashes of the texts of those documents."""
        used = self.uses()
        found: list[np.ndarray] = []
        for shard in documents.shards(self.holdout / "split"):
            rows = pq.read_table(shard, columns=["id", "text_hash"])
            mine = np.array([identity in used for identity in rows["id"].to_pylist()], dtype=bool)
            found.append(rows["text_hash"].to_numpy()[mine])
        return unique_sorted(np.concatenate([*found, np.empty(0, dtype=np.uint64)]))
