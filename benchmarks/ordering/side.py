"""Finds the path through a folder of documents in this process, and prints what it found as JSON.

    side.py FOLDER VECTORS [QUERIES]

QUERIES: that many documents are compared with all others, for the share of exact neighbours that were found.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from rewarm.corpus.tables import ids
from rewarm.data.order import related as module
from rewarm.engine.work import Work
from rewarm.recipe import Ordering
from rewarm.text.related import neighbours


def main(folder: Path, vectors: str, queries: int) -> dict[str, Any]:
    wanted = np.concatenate(
        [ids.of_digits(pq.read_table(path, columns=["id"])["id"]) for path in sorted(folder.iterdir())]
    )
    wanted = wanted[np.argsort(ids.ranks(wanted, "related"), kind="stable")]
    settings = Ordering(by="related", vectors=vectors).model_dump(mode="json")
    work = Work("order", folder, {}, tables={"documents": [folder]})
    found = module.related(work, wanted, settings)
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "documents": len(wanted), "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024,
        "following": found.following, "by_chance": found.by_chance, "paths": int(found.paths.path.max()) + 1,
        "alone": len(found.paths.alone), "copies": len(found.paths.copies),
    }  # fmt: skip
    if queries:
        told["found"] = _recall(work, wanted, settings, queries)
    return told


def _recall(work: Work, wanted: np.ndarray, settings: dict[str, Any], queries: int) -> float:
    """The share of exact neighbours that were found, of documents drawn by chance."""
    own = module._sparse(work, wanted)
    near = neighbours.nearest(own, settings["neighbours"], settings["min_similarity"])
    everyone = np.arange(len(wanted))
    hit = total = 0
    for document in np.random.default_rng(0).choice(len(wanted), queries, replace=False).tolist():
        cosine = neighbours.cosine(own, np.full(len(wanted), document), everyone)
        cosine[document] = -1
        best = np.sort(cosine)[::-1][: settings["neighbours"]]
        best = best[best >= settings["min_similarity"]]
        # As near as an exact one counts: copies of a passage are equally near.
        hit += int((near.similarity[document][: len(best)] >= best - 1e-5).sum())
        total += len(best)
    return hit / max(1, total)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)))
