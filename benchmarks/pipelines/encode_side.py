"""The step `tokenize` beside the bare tokenizer, by the share of documents that have masks.

Bare: the texts are in memory as Python strings; batches of 512 go through `encode_batch_fast`, and
every document's IDs become a numpy array. The step reads Parquet, finds masked tokens and writes
Arrow. Both take turns in one process with the same threads; CPU-seconds of all threads.
"""

import statistics
import time
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents
from rewarm.data.tokenize.encoder import encoder
from rewarm.data.tokenize.step import tokenize_shard

SHARES = (0.0, 0.1, 1.0)
_BATCH = 512


def run(corpus: Path, tokenizer: Path, out: Path, megabytes: float, repeats: int) -> dict[str, float]:
    """Share of masked documents → bare CPU-seconds / the step's, median over repeats."""
    from tokenizers import Tokenizer

    texts = _texts(corpus, megabytes)
    bare = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    bare.encode_special_tokens = True
    inputs = {share: _tables(out / f"{share:g}", texts, share) for share in SHARES}
    encoder(str(tokenizer), None)
    ratios: dict[float, list[float]] = {share: [] for share in SHARES}
    for repeat in range(repeats + 1):
        for share in SHARES:
            target = out / f"{share:g}"
            began = time.process_time()
            _encode(bare, texts)
            middle = time.process_time()
            tokenize_shard(*inputs[share], str(tokenizer), str(target), None)
            # The first round fills caches.
            if repeat:
                ratios[share].append((middle - began) / (time.process_time() - middle))
    return {f"{share:g}": statistics.median(found) for share, found in ratios.items()}


def _encode(bare: object, texts: list[str]) -> list[np.ndarray]:
    found = []
    for start in range(0, len(texts), _BATCH):
        encodings = bare.encode_batch_fast(texts[start : start + _BATCH], add_special_tokens=False)  # type: ignore[attr-defined]
        found += [np.array(encoding.ids, dtype=np.uint32) for encoding in encodings]
    return found


def _texts(corpus: Path, megabytes: float) -> list[str]:
    found: list[str] = []
    paths = sorted((corpus / "texts").glob("*.jsonl"))
    for path in paths:
        size = 0.0
        with path.open("rb") as lines:
            for line in lines:
                found.append(orjson.loads(line)["text"])
                size += len(line)
                if size > megabytes * 1e6 / len(paths):
                    break
    return found


def _tables(folder: Path, texts: list[str], share: float) -> tuple[str, str]:
    """The documents and what is kept of them, as `tokenize` reads both; a masked document has three spans of
    about a twentieth of its characters."""
    every = round(1 / share) if share else len(texts) + 1
    masks = [
        [
            {"start": at * len(text) // 4, "end": at * len(text) // 4 + len(text) // 20 + 1}
            for at in range(3)
            if at * len(text) // 4 + len(text) // 20 + 1 <= len(text)
        ]
        if number % every == every - 1
        else []
        for number, text in enumerate(texts)
    ]
    ids = [f"{number:020x}" for number in range(len(texts))]
    rows = {
        "id": ids, "text": texts, "source": ["s"] * len(ids), "origin": ids,
        "meta": ["{}"] * len(ids), "masks": masks,
    }  # fmt: skip
    none = pa.array([[]] * len(ids), documents.SCHEMA.field("masks").type)
    tables = {
        "documents": pa.table(rows, schema=documents.SCHEMA),
        "keep": pa.table(
            {"id": ids, "keep": [True] * len(ids), "heldout": [False] * len(ids), "masks": none}
        ),
    }
    for name, table in tables.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        pq.write_table(table, folder / name / "00000.parquet", compression="zstd")
    for table in ("tokens", "heldout"):
        (folder / table).mkdir(exist_ok=True)
    shard = folder / "documents/00000.parquet"
    return str(shard), str(folder / "keep" / shard.name)
