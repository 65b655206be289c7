"""Orders each stage's documents: a seeded shuffle, so that every batch sees the stage's mix.

A document's place goes by a hash of seed, stage and ID: what else is in the stage, and in which files it
came, moves it against no other.
"""

import numpy as np
import pyarrow.parquet as pq

from rewarm.corpus.tables import ids
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile


def run(work: Work) -> Counts:
    """plan → STAGE.parquet: the same rows in training order."""
    counts: Counts = {}
    for number, stage in enumerate(work.config["stages"]):
        rows = pq.read_table(work.table("plan") / f"{stage}.parquet")
        rank = ids.ranks(
            ids.of_digits(rows["id"]), "order", work.config["seed"], number, repeat=rows["repeat"].to_numpy()
        )
        ordered = rows.take(np.argsort(rank, kind="stable"))
        reconcile("order", "rows", len(rows), {stage: len(ordered)})
        with writing(work.folder / f"{stage}.parquet") as aside:
            pq.write_table(ordered, aside)
        counts[stage] = len(ordered)
    return counts
