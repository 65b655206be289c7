"""Mask spans: characters of a document that stay as context but carry no loss.

Used for surrogates of personal data, canned replies and tool output. A span is [start, end) in
characters of the text; spans of a document are sorted and not adjacent.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

Spans = list[tuple[int, int]]

TYPE = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32())]))


def merged(spans: Iterable[tuple[int, int]]) -> Spans:
    """Sorted, without empty spans; overlapping and adjacent spans are merged."""
    found: Spans = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def moved(spans: Spans, kept: np.ndarray) -> Spans:
    """The spans in the remaining text. kept: bool [characters], those that stay."""
    before = np.concatenate([[0], np.cumsum(kept)])
    return merged((int(before[start]), int(before[end])) for start, end in spans)


def chosen(text: str, kept: np.ndarray) -> str:
    """The remaining characters. kept: bool [characters], those that stay."""
    edges = np.flatnonzero(np.diff(kept, prepend=False, append=False)).tolist()
    return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))


def tokens(spans: Spans, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """Token ranges as start, stop, start, stop …: every token that touches a masked character.

    offsets: (start, end) characters of each token; empty ones (special tokens) are never masked.
    """
    touched = np.zeros(len(offsets) + 2, dtype=bool)
    if spans and len(offsets):
        starts, ends = (np.array(side) for side in zip(*spans, strict=True))
        first, last = (np.array(side) for side in zip(*offsets, strict=True))
        at = np.searchsorted(ends, first, side="right")
        inside = at < len(starts)
        touched[1:-1] = inside & (starts[np.minimum(at, len(starts) - 1)] < last) & (first < last)
    edges: list[int] = np.flatnonzero(touched[1:] != touched[:-1]).tolist()
    return edges


def to_rows(spans: Spans) -> list[dict[str, int]]:
    """As the document table holds them."""
    return [{"start": start, "end": end} for start, end in spans]


def of_rows(rows: Iterable[dict[str, int]] | None) -> Spans:
    """Spans from the rows of a document table's `masks`; None (no masks) gives an empty list."""
    return [(row["start"], row["end"]) for row in rows or ()]
