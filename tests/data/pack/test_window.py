"""Sequences of a window: every token once, groups whole and joined, paths apart."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shards import identity

from rewarm.corpus.tables.ids import of_digits
from rewarm.data.pack.window import Documents, Packed, pack
from rewarm.data.pack.windows import windows

SEQ_LEN = 32


def documents(tokens: list[int], group: list[int] | None = None, path: list[int] | None = None) -> Documents:
    alone = [-1] * len(tokens)
    return Documents(
        of_digits([identity(number) for number in range(len(tokens))]),
        np.array(tokens, dtype=np.int64),
        np.array(group or alone, dtype=np.int64),
        np.array(path or alone, dtype=np.int64),
    )


def sequences(packed: Packed) -> list[list[tuple[int, int, int, bool, bool]]]:
    rows = list(
        zip(
            packed.document.tolist(), packed.start.tolist(), packed.length.tolist(), packed.joined.tolist(),
            packed.last.tolist(), strict=True,
        )
    )  # fmt: skip
    ends = np.cumsum(packed.sizes).tolist()
    return [rows[end - size : end] for end, size in zip(ends, packed.sizes.tolist(), strict=True)]


@pytest.mark.parametrize("method", ["best_fit", "concatenate"])
@given(st.lists(st.integers(0, 100), max_size=40), st.integers(0, 9))
def test_every_token_lies_in_exactly_one_sequence(method: str, tokens: list[int], seed: int) -> None:
    packed = pack(documents(tokens), SEQ_LEN, seed, method, 1.0, None)
    seen: dict[int, list[tuple[int, int, bool]]] = {}
    for sequence in sequences(packed):
        assert 0 < sum(length for _, _, length, _, _ in sequence) <= SEQ_LEN
        for document, start, length, joined, last in sequence:
            assert not joined
            seen.setdefault(document, []).append((start, length, last))
    for document, total in enumerate(tokens):
        at = 0
        for start, length, last in sorted(seen.get(document, [])):
            assert start == at
            at += length
            assert last == (at == total)
        assert at == total
    if method == "best_fit":
        # Only what cannot fit is cut.
        assert all(len(parts) == 1 for document, parts in seen.items() if tokens[document] <= SEQ_LEN)
    elif len(packed.sizes):
        filled = sorted(sum(part[2] for part in sequence) for sequence in sequences(packed))
        assert filled[1:] == [SEQ_LEN] * (len(filled) - 1)


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 3)), min_size=1, max_size=40), st.integers(0, 9))
def test_documents_of_a_group_follow_each_other_and_only_they_are_joined(
    given_documents: list[tuple[int, int]], seed: int
) -> None:
    tokens = [size for size, _ in given_documents]
    group, held = [], {}
    number = 0
    for at, (size, kind) in enumerate(given_documents):
        if kind == 0:
            group.append(-1)
            continue
        if not (at and group[-1] >= 0 and kind < 3 and held.get(number, 0) + size <= SEQ_LEN):
            number += 1
        held[number] = held.get(number, 0) + size
        group.append(number)
    packed = pack(documents(tokens, group), SEQ_LEN, seed, "best_fit", 1.0, None)
    for sequence in sequences(packed):
        for before, here in zip([None, *sequence], sequence, strict=False):
            document, joined = here[0], here[3]
            expected = before is not None and group[document] >= 0 and group[before[0]] == group[document]
            assert joined == expected
            if joined and before is not None:
                assert document == before[0] + 1
    place = {row[0]: at for at, sequence in enumerate(sequences(packed)) for row in sequence}
    for one in set(group) - {-1}:
        assert len({place[at] for at, own in enumerate(group) if own == one}) == 1


def test_sequences_of_one_path_do_not_follow_each_other() -> None:
    tokens = [30] * 60
    path = [0] * 20 + [1] * 20 + [-1] * 20
    for seed in range(5):
        packed = pack(documents(tokens, path=path), SEQ_LEN, seed, "best_fit", 1.0, None)
        order = [path[row[0][0]] for row in sequences(packed)]
        assert sum(one == other >= 0 for one, other in pairwise(order)) == 0
        assert sorted(order) == sorted(path)


def test_passes_over_a_document_do_not_follow_each_other() -> None:
    """Four documents, 25 passes: shuffled, a quarter of the neighbours are of one document."""
    one_pass = of_digits([identity(number) for number in range(4)])
    alone = np.full(100, -1)
    window = Documents(np.tile(one_pass, 25), np.full(100, SEQ_LEN), alone, alone)
    for seed in range(5):
        order = pack(window, SEQ_LEN, seed, "best_fit", 1.0, None).document % 4
        assert 10 <= np.count_nonzero(order[1:] == order[:-1]) <= 40


def test_a_window_holds_one_band_and_whole_groups() -> None:
    band = np.array([0] * 7 + [1] * 6 + [3])
    group = np.array([-1, -1, 4, 4, 4, -1, 5, 5, -1, -1, 6, 6, 6, -1])
    found: list[Any] = list(windows(band, group, 3))
    assert found == [(0, 5), (5, 7), (7, 10), (10, 13), (13, 14)]
    assert list(windows(band[:0], group[:0], 3)) == []
