"""Caps on passes and on formatted documents, and the quality of stages."""

from pathlib import Path

import numpy as np
import pytest
from shards import write_tokens

from rewarm.corpus.tables.leaves import Leaf
from rewarm.corpus.tables.token_table import Tokens
from rewarm.data.mix.choices import falling_quality, likeness_of, weighted_median
from rewarm.data.mix.formatted import by_source, left_out
from rewarm.data.mix.repetition import cap, repeated_share


def test_repetition_is_the_share_of_grams_that_stood_before(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    plain = [draw.integers(0, 50_000, 112).astype(np.uint32) for _ in range(10)]
    template = draw.integers(0, 50_000, 112).astype(np.uint32)
    half = [np.concatenate([template[:62], own[:50]]) for own in plain]
    write_tokens(tmp_path, [*plain, *half, *[template] * 10])
    tokens, rows = Tokens(tmp_path), np.arange(10)
    ranks = np.arange(10, dtype=np.uint64)
    assert repeated_share(tokens, rows, ranks) == 0
    # 50 of the 100 grams of a document are of the template, new in the first of ten.
    assert repeated_share(tokens, rows + 10, ranks) == pytest.approx(0.45)
    assert repeated_share(tokens, rows + 20, ranks) == pytest.approx(0.9)
    assert repeated_share(tokens, rows[:0], ranks[:0]) == 0


def test_scarce_text_may_be_repeated_beside_other_text_and_less_where_it_repeats_itself() -> None:
    assert [cap("auto", "law", share, 0.0) for share in (0.9, 0.7, 0.5, 0.1)] == [4, 8, 16, 16]
    assert cap("auto", "law", 0.3, 0.75) == 4 and cap("auto", "law", 1.0, 0.9) == 1
    assert cap(6, "law", 0.3, 0.9) == 6
    assert (cap({"law": 2}, "law", 0.3, 0.0), cap({"law": 2}, "web", 0.3, 0.0)) == (2, 16)


def test_the_best_formatted_documents_of_each_source_stay() -> None:
    ratio = np.array([0.9, 0.6, 0.5, 0.49, 0.9, np.nan, 0.9])
    sources = np.array(["a", "a", "a", "a", "b", "b", "code"], object)
    quality = np.array([0.2, 0.9, 0.5, 0.1, np.nan, 0.0, 0.0])
    exempt = np.array([False] * 6 + [True])
    ties = np.arange(7, dtype=np.uint64)
    found = left_out(ratio, sources, exempt, quality, ties, 0.5, 1)
    assert found.tolist() == [True, False, True, False, False, False, False]
    assert by_source(found, sources) == {"a": 2}
    assert not left_out(ratio, sources, exempt, quality, ties, 0.5, None).any()


def test_a_median_counts_tokens() -> None:
    values, weights = np.array([0.1, 0.9, np.nan]), np.array([10, 11, 1000])
    assert weighted_median(values, weights) == 0.9
    assert np.isnan(weighted_median(values[2:], weights[2:]))


def test_an_anneal_of_no_better_text_is_told() -> None:
    assert "is not above that of adapt (0.600)" in falling_quality(["adapt", "anneal"], [0.6, 0.6])
    assert falling_quality(["adapt", "anneal"], [0.6, 0.61]) == falling_quality(["one"], [0.5]) == ""
    assert falling_quality(["adapt", "anneal"], [float("nan"), 0.6]) == ""


def test_examples_count_for_the_leaves_that_a_group_describes() -> None:
    leaves = [
        Leaf(0, "web", {"language": "en"}), Leaf(1, "web", {"language": "zh"}), Leaf(2, "code", {}),
    ]  # fmt: skip
    rows = [
        {"source": "web", "language": "zh", "task": None, "share": 0.5},
        {"source": "web", "language": None, "task": None, "share": 0.4},
        {"source": "code", "language": None, "task": None, "share": 0.1},
    ]
    found = likeness_of(
        rows, {"language=en": [0], "language=zh": [1], "code": [2]}, leaves, np.array([3.0, 1, 9])
    )
    assert found == pytest.approx({"language=en": 0.3, "language=zh": 0.6, "code": 0.1})
