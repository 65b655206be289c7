"""Document IDs as 10 bytes: how blocks store them, and how draws and shuffles rank documents.

Tables for readers have an ID as 20 hex digits. A rank is a hash of the ID and a key, never of a row number,
so that another division into files, or documents added to a source, moves no other document.
"""

import binascii
import hashlib
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from rewarm.errors import RewarmError

BYTES = 10
TYPE = np.dtype(f"V{BYTES}")
ARROW = pa.binary(BYTES)
_DIGITS = 2 * BYTES
# SplitMix64 (Steele et al. 2014).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def of_digits(column: pa.ChunkedArray | pa.Array | Iterable[str]) -> np.ndarray:
    """V10 [documents], from 20 hex digits each. Raises RewarmError for anything else."""
    if not isinstance(column, pa.ChunkedArray | pa.Array):
        column = pa.array(column, pa.string())
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [_of_chunk(chunk) for chunk in chunks if len(chunk)]
    return np.concatenate([np.empty(0, TYPE), *parts])


def digits(ids: np.ndarray) -> list[str]:
    """20 hex digits for each of V10 [documents]."""
    text = binascii.hexlify(np.ascontiguousarray(ids).tobytes()).decode()
    return [text[at : at + _DIGITS] for at in range(0, len(text), _DIGITS)]


def column(ids: np.ndarray) -> pa.Array:
    """V10 [documents] as an Arrow column of fixed-size binary values."""
    return pa.Array.from_buffers(ARROW, len(ids), [None, pa.py_buffer(np.ascontiguousarray(ids).tobytes())])


def of_column(column: pa.Array) -> np.ndarray:
    """V10 [documents], a view of an Arrow column of fixed-size binary values."""
    found = np.frombuffer(column.buffers()[1], TYPE) if len(column) else np.empty(0, TYPE)
    return found[column.offset : column.offset + len(column)]


def sortable(ids: np.ndarray) -> np.ndarray:
    """S20-like keys of V10 [documents] that numpy sorts and searches: bytes of the hex digits."""
    return np.frombuffer(binascii.hexlify(np.ascontiguousarray(ids).tobytes()), f"S{_DIGITS}")


def ranks(ids: np.ndarray, *key: str | int, repeat: np.ndarray | None = None) -> np.ndarray:
    """uint64 [documents]: a number for each ID under a key, as good as random.

    key: what the rank is for, such as the recipe's seed and a stage. repeat: int64 [documents], the number
    of a use of the document, where it stands several times.
    """
    secret = hashlib.blake2b("\0".join(map(str, key)).encode(), digest_size=16).digest()
    first, second = np.frombuffer(secret, "<u8")
    raw = np.ascontiguousarray(ids).view(np.uint8).reshape(-1, BYTES)
    low = np.ascontiguousarray(raw[:, :8]).view("<u8")[:, 0]
    high = np.ascontiguousarray(raw[:, 8:]).view("<u2")[:, 0].astype(np.uint64)
    if repeat is not None:
        high = high | (repeat.astype(np.uint64) << np.uint64(16))
    return _mixed(_mixed(low ^ first) ^ high ^ second)


def _mixed(values: np.ndarray) -> np.ndarray:
    values = values + _STEP
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    found: np.ndarray = values ^ (values >> np.uint64(31))
    return found


def _of_chunk(chunk: pa.Array) -> np.ndarray:
    text = chunk.cast(pa.large_string())
    offsets = np.frombuffer(text.buffers()[1], np.int64)[text.offset : text.offset + len(text) + 1]
    content = text.buffers()[2]
    raw = memoryview(content)[offsets[0] : offsets[-1]] if content is not None else b""
    try:
        if chunk.null_count or not (np.diff(offsets) == _DIGITS).all():
            raise ValueError
        return np.frombuffer(binascii.unhexlify(raw), TYPE)
    except ValueError:
        wrong = next(
            (one for one in chunk.to_pylist() if one is None or len(one) != _DIGITS), chunk[0].as_py()
        )
        raise RewarmError(f"id: {wrong!r} is not a document ID; one has {_DIGITS} hex digits") from None
