"""Loss of a model on every held-out document, each read alone from its start.

Sums of nats, tokens and bytes are kept by document, so that any channel's mean is exact and an
interval can be had by resampling documents.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from rewarm.corpus import token_table
from rewarm.corpus.progress import progress
from rewarm.corpus.publish import writing
from rewarm.corpus.work import Counts, Work
from rewarm.model import causal_lm

_BATCH_TOKENS = 4096


def run(work: Work) -> Counts:
    """tokenize, and train or model → documents.parquet: id, leaf, nats, tokens, bytes."""
    train = work.inputs.get("train")
    return measure(work, train / "model" if train else work.inputs["model"])


def measure(work: Work, path: Path) -> Counts:
    """Score the held-out documents with the model in this folder."""
    tokenized = work.inputs["tokenize"]
    table = token_table.summary(tokenized / "tokens")
    tokens = token_table.Tokens(tokenized / "tokens")
    sizes = np.load(tokenized / "token_bytes.npy").astype(np.float64)
    heldout = np.flatnonzero(table.heldout)
    windows = [
        (row, tokens[int(row)][start : start + work.config["seq_len"]])
        for row in heldout
        for start in range(0, int(table.lengths[row]), work.config["seq_len"])
    ]
    windows = [(row, part) for row, part in windows if len(part) > 1]
    windows.sort(key=lambda window: len(window[1]))
    device = causal_lm.device_of(work.config["device"])
    model = causal_lm.load(path, device).eval()
    sums = np.zeros((len(table.ids), 3))
    with progress(work.step, total=sum(len(part) for _, part in windows), unit="tok", scale=True) as bar:
        for batch in _batches(windows):
            nll = _losses(model, [part for _, part in batch], device, work.config)
            for (row, part), losses in zip(batch, nll, strict=True):
                scored = losses[: len(part) - 1]
                sums[row] += scored.sum(), len(scored), sizes[part[1:]].sum()
                bar.update(len(part))
    rows = {
        "id": table.ids[heldout],
        "leaf": table.leaves[heldout],
        "nats": sums[heldout, 0],
        "tokens": sums[heldout, 1],
        "bytes": sums[heldout, 2],
    }
    with writing(work.folder / "documents.parquet") as aside:
        pq.write_table(pa.table(rows), aside)
    return {"documents": len(heldout), "tokens": int(sums[:, 1].sum()), "bytes": int(sums[:, 2].sum())}


def _batches(windows: list[Any]) -> list[list[Any]]:
    batches: list[list[Any]] = []
    for window in windows:
        if not batches or len(window[1]) * (len(batches[-1]) + 1) > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(window)
    return batches


@torch.no_grad()
def _losses(model: Any, parts: list[np.ndarray], device: torch.device, config: dict[str, Any]) -> np.ndarray:
    """float64 [rows, length - 1], nats; what lies behind a row's end means nothing."""
    length = max(len(part) for part in parts)
    tokens = np.zeros((len(parts), length), dtype=np.int64)
    for row, part in enumerate(parts):
        tokens[row, : len(part)] = part
    batch = torch.from_numpy(tokens).to(device)
    weights = torch.ones(len(parts), length - 1, device=device)
    with causal_lm.autocast(device, config["precision"]):
        _, nll = causal_lm.token_losses(model, batch, None, weights, chunk=config["loss_chunk"])
    losses: np.ndarray = nll.reshape(len(parts), -1).double().cpu().numpy()
    return losses
