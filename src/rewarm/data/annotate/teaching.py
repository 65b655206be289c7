"""The documents that teach the labels of an axis: of each label the same number, drawn by a hash of the id.

Labels are read first and texts only of what was drawn, so that an open corpus of any size costs one pass
over narrow columns.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.tables import ids, texts
from rewarm.corpus.tables.own_labels import of_shard

_BATCH = 512
# Characters of a text that are kept: several times those that a classifier reads.
_CHARACTERS = 20_000


@dataclass(frozen=True)
class Teaching:
    """texts: string; labels, ids: one for each."""

    texts: pa.ChunkedArray
    labels: list[str]
    ids: list[str]


def teaching(
    shards: Sequence[Path],
    folders: Sequence[Path],
    axis: str,
    fixed: dict[str, dict[str, Any]],
    sources: Sequence[str],
    most: int,
    seed: int,
) -> Teaching:
    """At most `most` documents of each label, in the order of their ranks. folders: tables of labels."""
    drawn: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for shard in shards:
        rows = texts.read(shard, ["id", "source"]).combine_chunks()
        own = of_shard(folders, shard.name, rows, axis, fixed)
        ranks = ids.ranks(ids.of_digits(rows["id"]), "teaching", seed)
        teaches = np.flatnonzero(np.isin(own.sources, list(sources)))
        identities = rows["id"].to_pylist()
        for place in teaches:
            if own.own[place] is not None:
                drawn[own.own[place]].append((int(ranks[place]), identities[place]))
        for label, found in drawn.items():
            if len(found) > 2 * most:
                drawn[label] = sorted(found)[:most]
    chosen = {
        identity: (rank, label) for label, found in drawn.items() for rank, identity in sorted(found)[:most]
    }
    wanted = pa.array(list(chosen), pa.string())
    read: list[tuple[int, str, str, str]] = []
    for shard in shards:
        for batch in texts.batches(shard, ["id", "text"], _BATCH):
            mine = batch.filter(pc.is_in(batch["id"], wanted))
            for identity, text in zip(mine["id"].to_pylist(), mine["text"].to_pylist(), strict=True):
                rank, label = chosen[identity]
                read.append((rank, identity, label, text[:_CHARACTERS]))
    read.sort()
    return Teaching(
        pa.chunked_array([pa.array([text for *_, text in read], pa.string())]),
        [label for _, _, label, _ in read],
        [identity for _, identity, _, _ in read],
    )
