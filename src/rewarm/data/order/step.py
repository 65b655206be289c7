"""Orders each stage's documents: a seeded shuffle, so that every batch sees the stage's mix."""

import numpy as np
import pyarrow.parquet as pq

from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile

_STREAM = 2


def run(work: Work) -> Counts:
    """plan → STAGE.parquet: the same rows in training order."""
    counts: Counts = {}
    for number, stage in enumerate(work.config["stages"]):
        rows = pq.read_table(work.table("plan") / f"{stage}.parquet")
        # A stream of its own: the one that `mix` drew by would put its draw back in the order of the files.
        rng = np.random.default_rng([_STREAM, work.config["seed"], number])
        ordered = rows.take(rng.permutation(len(rows)))
        reconcile("order", "rows", len(rows), {stage: len(ordered)})
        with writing(work.folder / f"{stage}.parquet") as aside:
            pq.write_table(ordered, aside)
        counts[stage] = len(ordered)
    return counts
