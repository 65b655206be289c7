"""Joins the parts of documents that packing cut at the length of a sequence.

Other trainers cut sequences in their own way and mark the borders of documents by the end token,
so a part that does not end its document must not look like one. Parts of a document lie near each
other, in any order: they are held as references until their document is complete, so memory is that of
the open documents, not of the stage.
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
    blocks comes exactly once. Raises RewarmError when a part is missing.
    """
    waiting: dict[str, dict[int, list[Part]]] = {}
    for number in range(len(blocks)):
        sequence = blocks[number]
        stops = np.cumsum(sequence.lengths)
        masks = without_loss(sequence)
        segments = zip(
            digits(sequence.documents),
            sequence.leaves.tolist(),
            sequence.offsets.tolist(),
            sequence.lengths.tolist(),
            sequence.last.tolist(),
            stops.tolist(),
            strict=True,
        )
        for document, leaf, offset, length, last, stop in segments:
            start = stop - length
            if last and not offset:
                masked = 0 if masks is None else int(masks[start:stop].sum())
                tokens = sequence.tokens[start:stop]
                yield WholeDocument(tokens, document, leaf, int(tokens[-1]) == end, masked)
                continue
            parts = waiting.setdefault(document, {})
            parts.setdefault(offset, []).append(Part(number, start, stop, last))
            while (chain := _chain(parts)) is not None:
                yield _join(_take(parts, chain), blocks, document, leaf, end)
            if not parts:
                del waiting[document]
    if waiting:
        raise RewarmError(
            f"stage of {blocks.manifest['sequences']:,} sequences: the last part of document "
            f"{next(iter(waiting))} is missing. Remove the directory of `pack` and run again"
        )


def _chain(parts: dict[int, list[Part]]) -> list[tuple[int, int]] | None:
    """Offset and place in its list of each part of a complete document, or None while one is missing.

    Uses of one document are cut at the same offsets, except where one of them ends: of several parts at an
    offset, one that ends is taken.
    """
    found = []
    offset = 0
    while offset in parts:
        place = next((at for at, part in enumerate(parts[offset]) if part.last), 0)
        part = parts[offset][place]
        found.append((offset, place))
        offset += part.stop - part.start
        if part.last:
            return found
    return None


def _take(parts: dict[int, list[Part]], chain: list[tuple[int, int]]) -> list[Part]:
    taken = []
    for offset, place in chain:
        taken.append(parts[offset].pop(place))
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
