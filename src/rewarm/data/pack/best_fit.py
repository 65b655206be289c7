"""Best-fit-decreasing packing of documents into sequences.

Documents longer than a sequence are split first; every part then goes to the open sequence
with the least room that still holds it (Ding et al. 2024, arXiv 2404.10830, section 3).
Room is at most `seq_len`, so open sequences are kept in one stack per room, and the rooms in
use in the bits of one integer: the least sufficient room is the lowest bit at or above the
part's length. Concatenation would cut about one document per sequence boundary; best fit cuts
only what cannot fit, at the price of the documents' order inside one call. `sequences` come
back ordered by the mean position of their documents, so a caller that packs window by window
keeps a curriculum at the grain of its window.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """Tokens `start` to `start + length` of the document at index `document`."""

    document: int
    start: int
    length: int


def pack(lengths: Sequence[int], seq_len: int) -> list[list[Segment]]:
    """Place every token of every document in exactly one sequence of at most `seq_len` tokens.

    lengths: tokens per document; documents of zero tokens are left out.
    Returns the sequences, each a list of segments whose lengths sum to at most `seq_len`.
    Raises ValueError when `seq_len` is not positive or a length is negative.
    """
    if seq_len < 1:
        raise ValueError(f"seq_len: {seq_len} is not positive; a sequence holds at least one token")
    parts = _split(lengths, seq_len)
    parts.sort(key=lambda part: -part.length)  # stable: equal lengths keep document order
    sequences: list[list[Segment]] = []
    open_by_room: list[list[int]] = [[] for _ in range(seq_len + 1)]
    rooms = 0
    for part in parts:
        fitting = rooms >> part.length
        if fitting:
            room = part.length + (fitting & -fitting).bit_length() - 1
            index = open_by_room[room].pop()
            if not open_by_room[room]:
                rooms &= ~(1 << room)
            sequences[index].append(part)
        else:
            room = seq_len
            index = len(sequences)
            sequences.append([part])
        left = room - part.length
        if left:
            open_by_room[left].append(index)
            rooms |= 1 << left
    return sorted(sequences, key=_mean_position)


def _split(lengths: Sequence[int], seq_len: int) -> list[Segment]:
    parts: list[Segment] = []
    for document, length in enumerate(lengths):
        if length < 0:
            raise ValueError(f"lengths[{document}]: {length} is negative")
        parts.extend(
            Segment(document, start, min(seq_len, length - start)) for start in range(0, length, seq_len)
        )
    return parts


def _mean_position(sequence: list[Segment]) -> float:
    return sum(segment.document for segment in sequence) / len(sequence)
