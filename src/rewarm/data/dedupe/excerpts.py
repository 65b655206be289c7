"""The starts of all texts, noted while texts are read, so that no later phase reads texts again.

The ledger shows the first 200 characters of what is dropped, and what is dropped is known last. A tenth of
the text's size on disk while the step runs is cheaper than to decompress every text twice.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.arrays import load_one
from rewarm.corpus.tables.ledger import EXCERPT


class Excerpts:
    """bytes: uint8, of one start after the other; sizes: int64, the bytes of each; both part by part."""

    def __init__(self) -> None:
        self.bytes = [np.empty(0, np.uint8)]
        self.sizes = [np.empty(0, np.int64)]

    def noting(self, texts: Iterable[pa.Array]) -> Iterator[pa.Array]:
        """The same texts, each noted as it passes."""
        for text in texts:
            starts = pc.utf8_slice_codeunits(text, 0, EXCERPT).cast(pa.large_string())
            _, offset_buffer, data = starts.buffers()
            offsets = np.frombuffer(offset_buffer, np.int64)[starts.offset : starts.offset + len(starts) + 1]
            if data is not None:
                self.bytes.append(np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]])
            self.sizes.append(np.diff(offsets))
            yield text


def load_excerpts(folder: Path) -> pa.LargeStringArray:
    """The excerpts of a shard, mapped."""
    sizes = load_one(folder, "excerpt_sizes")
    offsets = np.cumsum(np.append(0, sizes), dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(load_one(folder, "excerpt_bytes"))]
    return pa.Array.from_buffers(pa.large_string(), len(sizes), buffers)
