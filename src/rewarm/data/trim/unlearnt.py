"""Text that carries no loss is nowhere learnt, so no passage may be cut for its sake.

A tool's output in a chat quotes a manual: masked there, it must stay in the manual. Before tokens are made,
each long masked stretch becomes letters that stand nowhere else, as many bytes as it had, so that places
stay. Short ones (surrogates of names and numbers) are read as they are: they break no passage. So are those
of held-out documents, which training must not hold whatever they mask.
"""

import hashlib

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables import masks

# Characters; a passage is longer, and what `redact` masks is shorter.
LONG = 40


def unlearnt(content: bytes, text: str, spans: masks.Spans, identity: str) -> bytes:
    """The document's bytes, its long masked stretches unlike anything else's."""
    replaced = bytearray(content)
    place, before = 0, 0
    for start, end in spans:
        if end - start < LONG:
            continue
        first = place + len(text[before:start].encode())
        last = first + len(text[start:end].encode())
        place, before = last, end
        letters = hashlib.sha256(f"{identity}:{start}".encode()).hexdigest().encode()
        replaced[first:last] = (letters * ((last - first) // len(letters) + 1))[: last - first]
    return bytes(replaced)


def unlearnt_of(data: np.ndarray, offsets: np.ndarray, rows: pa.Table, training: np.ndarray) -> np.ndarray:
    """The same for a shard. data: uint8 [bytes]; offsets: int64, one more than documents; training: bool."""
    masked = [
        (row, spans)
        for row, spans in enumerate(rows["masks"].to_pylist())
        if training[row] and any(span["end"] - span["start"] >= LONG for span in spans)
    ]
    if not masked:
        return data
    data = data.copy()
    for row, spans in masked:
        text = rows["text"][row].as_py()
        new = unlearnt(text.encode(), text, masks.of_rows(spans), rows["id"][row].as_py())
        data[offsets[row] : offsets[row + 1]] = np.frombuffer(new, np.uint8)
    return data
