"""The forest holds exactly the requests: paths, targets and positions; common prefixes are computed once."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rewarm.evaluate.score import token_tree
from rewarm.evaluate.score.token_tree import Row


@st.composite
def requests(draw: st.DrawFn) -> tuple[list[np.ndarray], list[int]]:
    """Sequences over three tokens, so that they share prefixes; some behind one long common prefix."""
    prefix = draw(st.lists(st.integers(0, 2), max_size=24))
    tails = draw(st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=8), min_size=1, max_size=12))
    sequences = [np.array(prefix + tail, dtype=np.int64) for tail in tails]
    return sequences, [draw(st.integers(1, len(sequence) - 1)) for sequence in sequences]


def path_of(row: Row, prefix: np.ndarray, node: int) -> list[int]:
    tokens: list[int] = []
    while node >= 0:
        tokens.append(int(row.tokens[node]))
        node = int(row.parent[node])
    return [*prefix.tolist(), *reversed(tokens)]


@given(requests(), st.integers(1, 40))
@settings(max_examples=200)
def test_every_target_is_predicted_from_its_own_path(
    given_requests: tuple[list[np.ndarray], list[int]], row_tokens: int
) -> None:
    sequences, starts = given_requests
    forest = token_tree.pack(sequences, starts, row_tokens)
    seen: dict[int, list[int]] = {}
    for row in forest.rows:
        for predicting, target, request in zip(row.predicting, row.targets, row.request, strict=True):
            before = path_of(row, forest.prefix, int(predicting))
            scored = seen.setdefault(int(request), [])
            place = starts[request] + len(scored)
            assert before == sequences[request][:place].tolist() and target == sequences[request][place]
            scored.append(int(target))
        depth = [len(path_of(row, forest.prefix, node)) - 1 for node in range(len(row.tokens))]
        assert row.positions.tolist() == depth
    assert all(len(seen[n]) == len(s) - starts[n] for n, s in enumerate(sequences))
    assert forest.forwarded <= sum(len(sequence) - 1 for sequence in sequences)


@given(requests())
def test_a_node_attends_to_its_ancestors_alone(given_requests: tuple[list[np.ndarray], list[int]]) -> None:
    for row in token_tree.pack(*given_requests, 64).rows:
        seen = token_tree.mask(row)
        for node in range(len(row.tokens)):
            ancestors, at = set(), node
            while at >= 0:
                ancestors.add(at)
                at = int(row.parent[at])
            assert set(np.flatnonzero(seen[node]).tolist()) == ancestors


def test_what_options_and_questions_share_is_computed_once() -> None:
    shots, questions = np.arange(100), [np.arange(200, 230), np.arange(300, 330)]
    sequences = [
        np.concatenate([shots, question, [option, option + 1]])
        for question in questions
        for option in (500, 600, 700, 800)
    ]
    forest = token_tree.pack(sequences, [130] * 8, 1000)
    # The last token of a request is only a target.
    assert len(forest.prefix) == 100 and forest.forwarded == 100 + 2 * (30 + 4)
    assert len(token_tree.pack(sequences, [130] * 8, 40).rows) == 2


def test_no_prefix_is_kept_beyond_the_first_target() -> None:
    sequences = [np.arange(40)] * 3
    forest = token_tree.pack(sequences, [20, 30, 35], 100)
    assert len(forest.prefix) == 20 and forest.forwarded == 39


def test_rows_are_filled_to_their_size_and_questions_are_not_cut() -> None:
    apart = [np.arange(10) + 100 * number for number in range(10)]
    rows = token_tree.pack(apart, [5] * 10, 20).rows
    assert [len(row.tokens) for row in rows] == [18] * 5
    questions = [
        np.concatenate([np.arange(30) + 100 * number, [option, option + 1]])
        for number in range(2)
        for option in (500, 600, 700, 800)
    ]
    assert [len(row.tokens) for row in token_tree.pack(questions, [30] * 8, 68).rows] == [68]
    assert [len(row.tokens) for row in token_tree.pack(questions, [30] * 8, 67).rows] == [34, 34]
    assert [len(row.tokens) for row in token_tree.pack(questions, [30] * 8, 10).rows] == [34, 34]
