"""Loss of the base with its own tokenizer, on the bytes that the extended model is scored on.

Nats per token of two tokenizers do not compare, bits per byte do when both sides account for the same bytes
in the same context. Every new token stands for known tokens of the base (`corpus/tables/vocabulary.py`), so
the held-out tokens are spelled out: the same windows of text, and a token is scored where the new token that
it is part of is. The base's windows have more tokens; where they exceed its positions they are read in
overlapping parts, each with at least half of the positions as context.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import heldout, vocabulary
from rewarm.corpus.tables.heldout import Heldout
from rewarm.corpus.tables.vocabulary import Extension
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.model import attention, causal_lm, scoring
from rewarm.model.packed_lm import PackedLM
from rewarm.model.scoring import Window


def run(work: Work) -> Counts:
    """heldout, token_bytes, vocabulary, base model → documents.parquet: id, nats, tokens, bytes."""
    config: dict[str, Any] = work.config
    documents = heldout.read(work.table("heldout"), config)
    extension = vocabulary.read(work.table("vocabulary"))
    sizes = np.load(work.table("token_bytes")).astype(np.float64)
    model = causal_lm.load(work.table("base_model"), causal_lm.device_of(config["device"]))
    device = model.device
    attention.choose(model, config["attention"], device, config["precision"])
    lm = PackedLM(model, config["loss_chunk"]).eval()
    positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    found = list(windows(documents, extension, config["seq_len"], positions))
    sums = np.zeros((len(documents), 3))
    batches = scoring.in_batches(found)
    with progress(work.step, total=sum(len(part) for _, part, _ in found), unit="tok", scale=True) as bar:
        for batch in batches:
            for row, values in scoring.score(lm, batch, sizes, device, config):
                sums[row] += values
            bar.update(sum(len(part) for _, part, _ in batch))
    rows = {"id": documents.ids, "nats": sums[:, 0], "tokens": sums[:, 1], "bytes": sums[:, 2]}
    with writing(work.folder / "documents.parquet") as aside:
        pq.write_table(pa.table(rows), aside)
    return {"documents": len(documents), "tokens": int(sums[:, 1].sum()), "bytes": int(sums[:, 2].sum())}


def windows(
    documents: Heldout, extension: Extension, seq_len: int, positions: int | None
) -> Iterator[Window]:
    """(document, tokens of the base, their weights) of every window that the extended model is scored on.

    seq_len: tokens of a window of the extended model; positions: the most tokens that the base reads.
    """
    for row in range(len(documents)):
        whole, weights, length = documents.tokens[row], documents.tokens.weights(row), documents.lengths[row]
        for start in range(0, int(length) - 1, seq_len):
            part = slice(start, min(start + seq_len, int(length)))
            tokens, origin = extension.expand(whole[part])
            # The first token of a window has no context: no part of it is scored.
            scored = np.where(origin == 0, 0.0, weights[part][origin]).astype(np.float32)
            for begin, first, stop in _parts(len(tokens), positions or len(tokens)):
                counts = scored[begin:stop].copy()
                counts[: first - begin] = 0
                yield row, tokens[begin:stop], counts


def _parts(length: int, most: int) -> Iterator[tuple[int, int, int]]:
    """(begin, first that is scored, stop) of parts of at most `most` tokens that score each token once."""
    done = 0
    while done < length:
        begin = 0 if done == 0 else done - most // 2
        stop = min(begin + most, length)
        yield begin, done, stop
        done = stop
