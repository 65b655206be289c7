"""Documents for orders: passages of real texts, from places drawn by chance, as the step before `order` has
them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from support import corpora

from rewarm.corpus.tables import documents

_SHARD = 50_000
# Running text in five languages; code and dialogues have few subjects.
_CORPORA = (
    "statutes", "cloud-api", "cloud-api-zh", "manuals", "countries", "encyclopedia", "encyclopedia-fr",
    "encyclopedia-zh", "manuals-zh", "prose-zh", "medicine", "mathematics",
)  # fmt: skip


def passages(count: int, seed: int = 0) -> Iterator[str]:
    """Passages of 200 to 900 characters, from every corpus by its size; they begin with a line."""
    lines = [
        [line for line in text.split("\n") if line.strip()] for name in _CORPORA for text in _texts(name)
    ]
    lines = [own for own in lines if own]
    sizes = np.array([sum(map(len, own)) for own in lines], dtype=np.float64)
    rng = np.random.default_rng(seed)
    for source in rng.choice(len(lines), count, p=sizes / sizes.sum()).tolist():
        own, wanted, held = lines[source], rng.integers(200, 900), 0
        first = int(rng.integers(len(own)))
        taken = []
        for line in own[first:]:
            taken.append(line[: wanted - held])
            held += len(taken[-1])
            if held >= wanted:
                break
        yield "\n".join(taken)


def _texts(name: str) -> Iterator[str]:
    """Of a corpus, nothing where only the shared folder has it."""
    try:
        yield from corpora.texts(name)
    except SystemExit as missing:
        print(missing)


def write(folder: Path, count: int) -> None:
    """`folder`/NNNNN.parquet, as a step's `documents/`."""
    folder.mkdir(parents=True)
    batch: list[str] = []
    written = 0
    for text in passages(count):
        batch.append(text)
        if len(batch) == _SHARD:
            _write(folder, batch, written)
            written += len(batch)
            batch = []
    if batch:
        _write(folder, batch, written)


def _write(folder: Path, batch: list[str], first: int) -> None:
    ids = [documents.document_id("bench", str(first + at)) for at in range(len(batch))]
    columns = {
        "id": ids, "text": batch, "source": ["bench"] * len(batch), "origin": [""] * len(batch),
        "meta": ["{}"] * len(batch), "masks": [[]] * len(batch),
    }  # fmt: skip
    table = pa.table(columns, schema=documents.SCHEMA)
    pq.write_table(table, folder / f"{first // _SHARD:05}.parquet", compression="zstd")
