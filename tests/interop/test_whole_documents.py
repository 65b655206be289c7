"""Parts become documents again, whatever the order of sequences, repeats and crops."""

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from shards import identity, numbers

from rewarm.corpus.tables.blocks import Sequence
from rewarm.corpus.tables.ids import digits, of_digits
from rewarm.data.pack.window import Documents, pack
from rewarm.interop.whole_documents import whole_documents

SEQ_LEN, END = 8, 0


class Given:
    """Blocks in memory."""

    manifest = {"seq_len": SEQ_LEN, "sequences": 0}  # noqa: RUF012

    def __init__(self, sequences: list[Sequence]) -> None:
        self._sequences = sequences

    def __len__(self) -> int:
        return len(self._sequences)

    def __getitem__(self, number: int) -> Sequence:
        return self._sequences[number]


def blocks(uses: list[tuple[int, np.ndarray]], order: list[int]) -> Any:
    sequences = []
    alone = np.full(len(uses), -1)
    named = of_digits([identity(number) for number, _ in uses])
    window = Documents(named, np.array([len(tokens) for _, tokens in uses]), alone, alone)
    packed = pack(window, SEQ_LEN, 0, "best_fit", 1.0, None)
    for stop, size in zip(np.cumsum(packed.sizes).tolist(), packed.sizes.tolist(), strict=True):
        inside = slice(stop - size, stop)
        starts, lengths = packed.start[inside].tolist(), packed.length[inside].tolist()
        found = [uses[document] for document in packed.document[inside].tolist()]
        cut = [
            tokens[start : start + length]
            for start, length, (_, tokens) in zip(starts, lengths, found, strict=True)
        ]
        sequences.append(
            Sequence(
                tokens=np.concatenate(cut).astype(np.uint32),
                lengths=packed.length[inside].astype(np.int32),
                leaves=np.array([number % 3 for number, _ in found], dtype=np.int32),
                documents=of_digits([identity(number) for number, _ in found]),
                offsets=packed.start[inside],
                joined=packed.joined[inside],
                last=packed.last[inside],
                masked=np.empty(0, dtype=np.int32),
            )
        )
    sequences.sort(key=lambda sequence: order[numbers(digits(sequence.documents[:1]))[0] % len(order)])
    return Given(sequences)


@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=6),
    uses=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 40)), min_size=1, max_size=12),
    order=st.permutations(range(6)),
)
def test_documents_come_as_often_and_as_long_as_they_were_used(
    lengths: list[int], uses: list[tuple[int, int]], order: list[int]
) -> None:
    documents = [
        np.array([*(100 * number + at + 1 for at in range(length - 1)), END])
        for number, length in enumerate(lengths)
    ]
    used = [(number % len(documents), documents[number % len(documents)][:crop]) for number, crop in uses]
    found = list(whole_documents(blocks(used, order), END))
    assert Counter((*numbers([item.document]), *item.tokens.tolist()) for item in found) == Counter(
        (number, *tokens.tolist()) for number, tokens in used
    )
    assert all(
        item.ended == (item.tokens[-1] == END) and item.leaf == numbers([item.document])[0] % 3
        for item in found
    )
    assert all(item.masked == 0 for item in found)
