"""Messages on disk, in buckets: what lets conversations be grouped in bounded memory.

Each unit of files writes one Arrow file; whenever 32 MB have gathered, rows are sorted by bucket and every
bucket's are one record batch. A bucket is a hash of what a message belongs to, so all messages of a user
are in one, and a bucket's batches are mapped, not read: only narrow columns are held. More buckets keep
memory small and cost a few seeks.
"""

import hashlib
import json
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.data.collect.conversations.shapes import Message
from rewarm.engine.publish import writing

_BUCKET_BYTES = 64 * 2**20
_MOST_BUCKETS = 256
_FLUSH_BYTES = 32 * 2**20
_FLUSH_ROWS = 100_000
NO_TIME = np.iinfo(np.int64).min
SCHEMA = pa.schema(
    [
        ("group", pa.uint64()),
        ("by", pa.string()),
        ("time", pa.int64()),
        ("order", pa.int64()),
        ("role", pa.string()),
        ("speaker", pa.string()),
        ("text", pa.string()),
        ("origin", pa.string()),
        ("identity", pa.string()),
    ]
)


def buckets(size: int) -> int:
    """How many for so many bytes of messages."""
    return min(max(-(-size // _BUCKET_BYTES), 1), _MOST_BUCKETS)


class Store:
    """Writes one unit's messages. Use as `with Store(path, unit, buckets) as store: store.add(…)`."""

    def __init__(self, path: Path, unit: int, buckets: int) -> None:
        self._path, self._buckets = path, buckets
        self._order = unit << 40
        self._rows: list[tuple[Any, ...]] = []
        self._places: list[int] = []
        self._bytes = 0
        self._index: list[int] = []

    def __enter__(self) -> "Store":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._aside = writing(self._path)
        self._sink = pa.OSFile(str(self._aside.__enter__()), "wb")
        self._writer = pa.ipc.new_file(self._sink, SCHEMA)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()
        self._sink.close()
        if kind is None:
            with writing(self._path.with_suffix(".json")) as aside:
                aside.write_text(json.dumps(self._index))
        self._aside.__exit__(kind, value, trace)

    def add(self, message: Message, file: str, label: str) -> None:
        """file: the same on every machine; label: what tables call it."""
        by, value = message.group
        name = f"{by}\0{file}\0{value}" if by == "record" else f"{by}\0{value}"
        digest = hashlib.blake2b(name.encode(), digest_size=10).digest()
        group, place = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big") % self._buckets
        time = NO_TIME if message.time is None else message.time
        origin = f"{label}:{message.position}"
        self._rows.append(
            (
                group,
                by,
                time,
                self._order,
                message.role,
                message.speaker,
                message.text,
                origin,
                message.identity,
            )
        )
        self._places.append(place)
        self._order += 1
        self._bytes += 4 * len(message.text)
        if self._bytes >= _FLUSH_BYTES or len(self._rows) >= _FLUSH_ROWS:
            self._flush()

    def _flush(self) -> None:
        places = np.array(self._places, dtype=np.int64)
        for place in np.unique(places).tolist():
            rows = [self._rows[at] for at in np.flatnonzero(places == place).tolist()]
            columns = zip(*rows, strict=True)
            arrays = [pa.array(column, kind) for column, kind in zip(columns, SCHEMA.types, strict=True)]
            self._writer.write_batch(pa.record_batch(arrays, schema=SCHEMA))
            self._index.append(place)
        self._rows, self._places, self._bytes = [], [], 0


class Bucket:
    """All messages of a bucket, in the order of units. group: uint64; time, order: int64; size: bytes of the
    text; all [messages]. Everything else stays on disk until `row` is asked for."""

    def __init__(self, folder: Path, place: int) -> None:
        self._batches: list[Any] = []
        for index in sorted(folder.glob("*.json")):
            numbers = [at for at, found in enumerate(json.loads(index.read_text())) if found == place]
            if numbers:
                reader = pa.ipc.open_file(pa.memory_map(str(index.with_suffix(".arrow"))))
                self._batches += [reader.get_batch(at) for at in numbers]
        table = pa.Table.from_batches(self._batches, schema=SCHEMA)
        self.group, self.time, self.order = (table[name].to_numpy() for name in ("group", "time", "order"))
        self.size = pc.binary_length(table["text"]).to_numpy()
        self._ends = np.cumsum([len(batch) for batch in self._batches])

    def row(self, at: int) -> dict[str, Any]:
        """A message as `SCHEMA` has it."""
        batch = int(np.searchsorted(self._ends, at, side="right"))
        place = at - (int(self._ends[batch - 1]) if batch else 0)
        return {name: self._batches[batch].column(name)[place].as_py() for name in SCHEMA.names}
