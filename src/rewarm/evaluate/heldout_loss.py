"""Loss of a model on every held-out document, each read alone from its start.

Sums of nats, tokens and bytes are kept by document, so that any channel's mean is exact and an
interval can be had by resampling documents.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import heldout, positions
from rewarm.corpus.tables.heldout import Heldout
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.model import attention, causal_lm, scoring
from rewarm.model.packed_lm import PackedLM

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def run(work: Work) -> Counts:
    """heldout, token_bytes, model → documents.parquet: id, nats, tokens, bytes; positions.parquet."""
    return measure(work, work.table("model"))


def measure(work: Work, path: Path) -> Counts:
    """Score the held-out documents with the model in this folder."""
    documents = heldout.read(work.table("heldout"), work.config)
    sizes = np.load(work.table("token_bytes")).astype(np.float64)
    model = causal_lm.load(path, causal_lm.device_of(work.config["device"]))
    by_position = np.zeros((positions.BINS, 3))
    sums = document_sums(model, documents, sizes, work.config, work.step, by_position)
    positions.write(work.folder / "positions.parquet", by_position)
    rows = {
        "id": documents.ids,
        "nats": sums[:, 0],
        "tokens": sums[:, 1],
        "bytes": sums[:, 2],
    }
    with writing(work.folder / "documents.parquet") as aside:
        pq.write_table(pa.table(rows), aside)
    return {"documents": len(documents), "tokens": int(sums[:, 1].sum()), "bytes": int(sums[:, 2].sum())}


def document_sums(
    model: "PreTrainedModel",
    documents: Heldout,
    sizes: np.ndarray,
    config: dict[str, Any],
    name: str,
    by_position: np.ndarray | None = None,
) -> np.ndarray:
    """float64 [documents, 3]: nats, tokens and bytes of each held-out document.

    sizes: bytes of each token id; config: seq_len, attention, precision, loss_chunk; name: of the bar;
    by_position: float64 [positions.BINS, 3], to which the sums of each position are added.
    """
    device = model.device
    batches = scoring.batches(documents.tokens, range(len(documents)), documents.lengths, config["seq_len"])
    attention.choose(model, config["attention"], device, config["precision"])
    lm = PackedLM(model, config["loss_chunk"]).eval()
    sums = np.zeros((len(documents), 3))
    total = sum(len(part) for batch in batches for _, part, _ in batch)
    with progress(name, total=total, unit="tok", scale=True) as bar:
        for batch in batches:
            for row, values in scoring.score_tokens(lm, batch, sizes, device, config):
                sums[row] += scoring.totals(values)
                if by_position is not None:
                    positions.add(by_position, values)
            bar.update(sum(len(part) for _, part, _ in batch))
    return sums
