"""The shards that one unit of `collect` writes: as many as its text needs, each of bounded size.

How much text a compressed file or a table holds is known when it has been read. So a unit whose number is 7
writes 00007, and goes on in 00007_0001, 00007_0002 … where the text is too much for one; in order of names
documents are in the order of the files. Steps after this one read whole shards: their memory is bounded by
the largest.

After each full shard a note in `_progress/` says what has been read. A killed unit goes on after it: it reads
the items before again, since a decompressor has no place to go on from, and writes none of them. This needs a
reader that gives the same items again, so units with documents, whose parsing has limits of time, start over.
"""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, labels, ledger, pages, provenance
from rewarm.corpus.tables.ledger import Verdict
from rewarm.corpus.tables.provenance import Provenance
from rewarm.data.collect.batch import Batch
from rewarm.data.collect.provenances import Provenances
from rewarm.data.collect.records import Record
from rewarm.engine.publish import writing

# Twice a unit's share, so that small files and parts of large ones make one shard a unit.
_SHARD_BYTES = 128 * 2**20
# Rows take memory and time beside their text; faults have excerpts that are searched for personal data.
_SHARD_DOCUMENTS, _SHARD_FAULTS = 500_000, 100_000
_TABLES = ("documents", "faults", "pages", "labels", "attributes")
PROGRESS = "_progress"


class Shards:
    """Use as `with Shards(…) as shards`: `add` and `tell`, and `turn_over` between items when `is_full`.

    counts: documents, faults and the like, with those of shards that an earlier attempt finished.
    items: how many items of the reader these shards hold, to be skipped.
    """

    def __init__(
        self, folder: Path, number: int, source: dict[str, Any], *, resumable: Callable[[], bool]
    ) -> None:
        """resumable: whether the reader gives the same items again; asked when a shard is full."""
        self._folder, self._number, self._source = folder, f"{number:05}", source
        self._resumable = resumable
        name = source["name"]
        self.counts: Counter[str] = Counter(
            dict.fromkeys(["documents", "faults", "bytes", f"documents.{name}"], 0)
        )
        self.items, self._index = 0, 0
        self._note = folder / PROGRESS / f"{self._number}.json"
        if self._note.exists():
            noted = json.loads(self._note.read_text())
            # A unit that was quarantined has lost shards.
            if all(self._path("faults", index).exists() for index in range(noted["shards"])):
                self.items, self._index = noted["items"], noted["shards"]
                self.counts.update(noted["counts"])

    def __enter__(self) -> "Shards":
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._stack.__exit__(kind, error, trace)
            return
        self._close()
        # An earlier attempt that could not be continued may have had more.
        for table in _TABLES:
            index = self._index + 1
            while (path := self._path(table, index)).exists():
                path.unlink()
                index += 1

    def add(self, identity: str, text: str, origin: str, record: Record, dated: Provenance) -> None:
        """Add a document, with its pages and labels, and what is known of its date and rights."""
        size = self._batch.add(identity, text, origin, record)
        self._pages.add(identity, record.pages)
        self._provenances.add(identity, dated, self.counts)
        self._bytes += size
        self._documents += 1
        self.counts["bytes"] += size
        self.counts["documents"] += 1
        self.counts[f"documents.{self._source['name']}"] += 1

    def tell(self, verdict: Verdict) -> None:
        """Add a row to the ledger."""
        self._verdicts.append(verdict)

    def is_full(self) -> bool:
        """Whether the next item belongs into the next shard."""
        return (
            self._bytes >= _SHARD_BYTES
            or self._documents >= _SHARD_DOCUMENTS
            or len(self._verdicts) >= _SHARD_FAULTS
        )

    def turn_over(self, items: int) -> None:
        """Finish this shard and begin the next. items: of the reader, in all shards so far."""
        self._close()
        self._index += 1
        if self._resumable():
            noted = {"shards": self._index, "items": items, "counts": self.counts}
            self._note.parent.mkdir(exist_ok=True)
            with writing(self._note) as aside:
                aside.write_text(json.dumps(noted))
        self._open()

    def _path(self, table: str, index: int) -> Path:
        name = f"{self._number}_{index:04}" if index else self._number
        return self._folder / table / f"{name}.parquet"

    def _open(self) -> None:
        self._bytes = self._documents = 0
        self._verdicts: list[Verdict] = []
        self._pages = pages.Writer(self._path("pages", self._index))
        self._provenances = Provenances(self._source["name"])
        target = self._path("documents", self._index)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._stack = ExitStack()
        aside = self._stack.enter_context(writing(target))
        writer = self._stack.enter_context(pq.ParquetWriter(aside, documents.SCHEMA, compression="zstd"))
        self._batch = Batch(writer, self._source)

    def _close(self) -> None:
        with self._stack:
            self._batch.flush()
        self._pages.close()
        provenance.write(self._path("attributes", self._index), self._provenances.rows)
        if fields := self._source.get("label_fields"):
            labels.write(self._path("labels", self._index), self._batch.labels, list(fields))
            for axis in fields:
                without = self._documents - sum(axis in own for _, own in self._batch.labels)
                self.counts[f"unlabelled.{self._source['name']}.{axis}"] += without
        # Written last: a shard is complete once this table exists.
        ledger.write(self._path("faults", self._index), self._verdicts)


def remove(folder: Path, number: str) -> None:
    """Remove the shards of a unit that was given up, and its progress."""
    for table in _TABLES:
        for path in [folder / table / f"{number}.parquet", *folder.glob(f"{table}/{number}_*.parquet")]:
            path.unlink(missing_ok=True)
    (folder / PROGRESS / f"{number}.json").unlink(missing_ok=True)
