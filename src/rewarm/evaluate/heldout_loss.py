"""Loss of a model on every held-out document, each read alone from its start.

Sums of nats, tokens and bytes are kept by document, so that any channel's mean is exact and an
interval can be had by resampling documents.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import heldout
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.model import attention, causal_lm, scoring
from rewarm.model.packed_lm import PackedLM


def run(work: Work) -> Counts:
    """heldout, token_bytes, model → documents.parquet: id, nats, tokens, bytes."""
    return measure(work, work.table("model"))


def measure(work: Work, path: Path) -> Counts:
    """Score the held-out documents with the model in this folder."""
    documents = heldout.read(work.table("heldout"), work.config.get("document_tokens"))
    sizes = np.load(work.table("token_bytes")).astype(np.float64)
    batches = scoring.batches(
        documents.tokens, range(len(documents)), documents.lengths, work.config["seq_len"]
    )
    device = causal_lm.device_of(work.config["device"])
    model = causal_lm.load(path, device)
    attention.choose(model, work.config["attention"], device, work.config["precision"])
    lm = PackedLM(model, work.config["loss_chunk"]).eval()
    sums = np.zeros((len(documents), 3))
    total = sum(len(part) for batch in batches for _, part, _ in batch)
    with progress(work.step, total=total, unit="tok", scale=True) as bar:
        for batch in batches:
            for row, found in scoring.score(lm, batch, sizes, device, work.config):
                sums[row] += found
            bar.update(sum(len(part) for _, part, _ in batch))
    rows = {
        "id": documents.ids,
        "nats": sums[:, 0],
        "tokens": sums[:, 1],
        "bytes": sums[:, 2],
    }
    with writing(work.folder / "documents.parquet") as aside:
        pq.write_table(pa.table(rows), aside)
    return {"documents": len(documents), "tokens": int(sums[:, 1].sum()), "bytes": int(sums[:, 2].sum())}
