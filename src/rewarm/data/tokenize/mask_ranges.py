"""Which tokens carry no loss: those that touch a masked character.

The bytes of a document's tokens are compared with the document's. Where they are equal, which is
so for byte-level BPE and SentencePiece on text that no normalizer changes, the offsets of tokens
are the running sum of their lengths, and the document need not be encoded again. One byte more at
the front is allowed if it is a space (Llama 2 puts one there). For all others the tokenizer is
asked for offsets. All documents of a batch are done in one pass.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.arrays import unique_sorted
from rewarm.corpus.tables import masks
from rewarm.data.tokenize.encoder import Encoded, Encoder


@dataclass(frozen=True)
class Spans:
    """Masked characters of a batch. rows: document of each span, in ascending order; first, last:
    its first and last + 1 character. All int64 [spans]. Spans may overlap."""

    rows: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, *columns: pa.ListArray) -> "Spans":
        """columns: of type `masks.TYPE` and one length; a document's spans are those of all."""
        parts = []
        for column in columns:
            sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
            inner = column.flatten()
            edges = (pc.struct_field(inner, name).to_numpy() for name in ("start", "end"))
            parts.append([np.repeat(np.arange(len(sizes)), sizes), *edges])
        rows, first, last = (np.concatenate(part).astype(np.int64) for part in zip(*parts, strict=True))
        order = np.argsort(rows, kind="stable")
        order = order[(first < last)[order]]
        return cls(rows[order], first[order], last[order])

    @property
    def documents(self) -> np.ndarray:
        """int64: documents with a span, in order."""
        return unique_sorted(self.rows)

    def row(self, row: int) -> masks.Spans:
        """Spans of one document of the batch, sorted, merged where they overlap or touch."""
        begin, end = np.searchsorted(self.rows, [row, row + 1])
        return masks.merged(zip(self.first[begin:end].tolist(), self.last[begin:end].tolist(), strict=True))


def masked_tokens(
    encoder: Encoder, texts: pa.StringArray, strings: list[str], encoded: Encoded, spans: Spans
) -> np.ndarray:
    """bool [tokens]: which tokens of a batch touch a masked character.

    texts, strings: the same texts, as Arrow and as Python have them.
    """
    touched = np.zeros(len(encoded.tokens), dtype=bool)
    rows = spans.documents
    spelled = _mark_spelled(
        encoder, texts, encoded, spans, rows[~np.isin(rows, [*encoded.characters])], touched
    )
    others = rows[~np.isin(rows, spelled)].tolist()
    asked = [row for row in others if row not in encoded.characters]
    found = dict(zip(asked, encoder.characters([strings[row] for row in asked]), strict=True))
    for row in others:
        base = encoded.offsets[row] + encoder.starts
        edges = masks.tokens(spans.row(row), (encoded.characters | found)[row])
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            touched[base + start : base + stop] = True
    return touched


def ranges(touched: np.ndarray, encoded: Encoded) -> pa.ListArray:
    """int32 lists: start, stop, start, stop … of the masked tokens of each document."""
    edges = np.flatnonzero(np.diff(touched, prepend=False, append=False)).astype(np.int32)
    # The end token is never masked, so no range goes from one document into the next.
    offsets = np.searchsorted(edges, encoded.offsets, side="left").astype(np.int32)
    values = edges - np.repeat(encoded.offsets[:-1], np.diff(offsets))
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values))


def _mark_spelled(
    encoder: Encoder,
    texts: pa.StringArray,
    encoded: Encoded,
    spans: Spans,
    rows: np.ndarray,
    touched: np.ndarray,
) -> np.ndarray:
    """Mark the tokens of those `rows` whose tokens spell the text; returns these rows.

    All positions are in the bytes of the rows' tokens, one after another.
    """
    if not len(rows):
        return rows
    sizes = np.diff(encoded.offsets)
    inside = np.repeat(np.isin(np.arange(len(sizes)), rows), sizes)
    inside[encoded.offsets[1:] - 1] = False
    if encoder.starts:
        inside[encoded.offsets[:-1]] = False
    index = np.flatnonzero(inside)
    pieces = encoder.pieces.take(pa.array(encoded.tokens[index]))
    _, bounds, data = pieces.buffers()
    edges = np.frombuffer(bounds, np.int64)[: len(pieces) + 1]
    whole = np.frombuffer(data, np.uint8)[: edges[-1]]
    documents = edges[np.cumsum([0, *(sizes[rows] - 1 - encoder.starts)])]
    ahead = _bytes_ahead(texts, rows, whole, documents)
    spelled = ahead >= 0

    chosen = np.isin(spans.rows, rows[spelled])
    which = np.searchsorted(rows, spans.rows[chosen])
    characters = np.append(np.flatnonzero((whole & 0xC0) != 0x80), len(whole))
    first_character = np.searchsorted(characters, documents)

    def position(character: np.ndarray) -> np.ndarray:
        # As the tokenizer has it, a space in front belongs to the first character.
        at = first_character[which] + np.where(character > 0, ahead[which] + character, 0)
        at = np.minimum(at, len(characters) - 1)
        found: np.ndarray = np.minimum(characters[at], documents[which + 1])
        return found

    change = np.zeros(len(index) + 1, dtype=np.int32)
    np.add.at(change, np.searchsorted(edges[1:], position(spans.first[chosen]), side="right"), 1)
    np.add.at(change, np.searchsorted(edges[:-1], position(spans.last[chosen]), side="left"), -1)
    touched[index] = np.cumsum(change[:-1]) > 0
    return rows[spelled]


def _bytes_ahead(
    texts: pa.StringArray, rows: np.ndarray, whole: np.ndarray, documents: np.ndarray
) -> np.ndarray:
    """int64 [rows]: bytes that the tokens of a document have before its text; -1 if they do not spell it."""
    _, bounds, data = texts.buffers()
    starts = np.frombuffer(bounds, np.int32)[texts.offset :]
    spelled, text = memoryview(whole.data), memoryview(data or b"")
    found = np.full(len(rows), -1)
    for number, row in enumerate(rows.tolist()):
        begin, end = starts[row], starts[row + 1]
        ahead = documents[number + 1] - documents[number] - (end - begin)
        if ahead not in (0, 1):
            continue
        own = spelled[documents[number] : documents[number + 1]].tobytes()
        if own[ahead:] == text[begin:end].tobytes() and own[:ahead] in (b"", b" "):
            found[number] = ahead
    return found
