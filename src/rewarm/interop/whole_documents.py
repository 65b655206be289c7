"""Joins the parts of documents that packing cut at the length of a sequence.

Other trainers cut sequences in their own way and mark the borders of documents by the end token,
so a part that does not end its document must not look like one. All parts but a document's last
fill a sequence, and they lie near each other, in any order: parts are held as references until
their document is complete, so memory is that of the open documents, not of the stage.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rewarm.corpus.tables.blocks import Blocks
from rewarm.corpus.tables.ids import digits
from rewarm.errors import RewarmError
from rewarm.interop.packed_stage import without_loss


@dataclass(frozen=True, slots=True)
class Part:
    """Tokens `start` to `stop` of sequence `sequence`; last: nothing of its document follows."""

    sequence: int
    start: int
    stop: int
    last: bool


@dataclass(frozen=True, slots=True)
class WholeDocument:
    """tokens: uint32 [n]; document: its ID, 20 hex digits; leaf: of its tokens; ended: its last token is
    the end token; masked: tokens that were to carry no loss."""

    tokens: np.ndarray
    document: str
    leaf: int
    ended: bool
    masked: int

    def refuse_masks(self, stage: str, learn_masked: bool) -> None:
        """Raise RewarmError when tokens are masked, unless `learn_masked`."""
        if self.masked and not learn_masked:
            raise RewarmError(
                f"stage {stage}: {self.masked} tokens of document {self.document} are masked, and the "
                "format has no place for masks, so they would be learnt; --learn-masked writes them anyway"
            )


def whole_documents(blocks: Blocks, end: int) -> Iterator[WholeDocument]:
    """Every document of the stage, in the order of their last parts.

    end: the token that ends a document. A document that is repeated comes as often as it is
    trained on. One that was cropped comes without its end token, as `ended` says. Every token of the
    blocks comes exactly once.
    """
    seq_len = int(blocks.manifest["seq_len"])
    waiting: dict[str, dict[int, list[Part]]] = {}
    leaves: dict[str, int] = {}
    for number in range(len(blocks)):
        sequence = blocks[number]
        stops = np.cumsum(sequence.lengths)
        masks = without_loss(sequence)
        segments = zip(
            digits(sequence.documents),
            sequence.leaves.tolist(),
            sequence.offsets.tolist(),
            sequence.lengths.tolist(),
            stops.tolist(),
            strict=True,
        )
        for document, leaf, offset, length, stop in segments:
            start = stop - length
            last = length < seq_len or int(sequence.tokens[stop - 1]) == end
            if last and not offset:
                masked = 0 if masks is None else int(masks[start:stop].sum())
                tokens = sequence.tokens[start:stop]
                yield WholeDocument(tokens, document, leaf, int(tokens[-1]) == end, masked)
                continue
            parts = waiting.setdefault(document, {})
            parts.setdefault(offset, []).append(Part(number, start, stop, last))
            leaves[document] = leaf
            chain = _chain(parts)
            if chain is not None:
                yield _join(_take(parts, chain), blocks, document, leaf, end)
                if not parts:
                    del waiting[document], leaves[document]
    # Cropped at a multiple of the sequence's length: nothing says that a part is the last.
    for document, parts in waiting.items():
        while parts:
            yield _join(_take(parts, _run(parts)), blocks, document, leaves[document], end)


def _chain(parts: dict[int, list[Part]]) -> list[int] | None:
    """The offsets of a complete document, or None while a part of it is missing."""
    offsets = []
    offset = 0
    while offset in parts:
        part = parts[offset][0]
        offsets.append(offset)
        offset += part.stop - part.start
        if part.last:
            return offsets
    return None


def _run(parts: dict[int, list[Part]]) -> list[int]:
    """The offsets of the parts that follow on each other from the first."""
    offset = min(parts)
    offsets = []
    while offset in parts:
        offsets.append(offset)
        offset += parts[offset][0].stop - parts[offset][0].start
    return offsets


def _take(parts: dict[int, list[Part]], offsets: list[int]) -> list[Part]:
    taken = []
    for offset in offsets:
        taken.append(parts[offset].pop(0))
        if not parts[offset]:
            del parts[offset]
    return taken


def _join(parts: list[Part], blocks: Blocks, document: str, leaf: int, end: int) -> WholeDocument:
    sequences = [blocks[part.sequence] for part in parts]
    tokens = np.concatenate(
        [sequence.tokens[part.start : part.stop] for sequence, part in zip(sequences, parts, strict=True)]
    )
    masked = 0
    for sequence, part in zip(sequences, parts, strict=True):
        masks = without_loss(sequence)
        masked += 0 if masks is None else int(masks[part.start : part.stop].sum())
    return WholeDocument(tokens, document, leaf, int(tokens[-1]) == end, masked)
