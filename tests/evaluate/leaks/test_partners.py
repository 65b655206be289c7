"""Twins in another language, of another date or in another style are no partner; equal ones are."""

import numpy as np
import pytest
from made_items import made, word

from rewarm.evaluate.leaks import partners


def texts(kind: str, seed: int, size: int = 60) -> list[str]:
    return [f"{item.question} {' '.join(item.options)}" for item in made(size, seed, kind)]


@pytest.mark.parametrize("kind", ["old", "zh"])
def test_a_shifted_set_is_refused_with_the_reason(kind: str) -> None:
    rng = np.random.default_rng(0)
    losses = rng.normal(2, 0.3, 60)
    said = partners.unlike(texts("en", 0), texts(kind, 1), losses, losses, rng)
    assert "by their text alone (AUC 1.00" in said


def test_rewordings_of_the_items_are_no_fresh_twins() -> None:
    rng = np.random.default_rng(0)
    words = [word(rng) for _ in range(80)]
    items = [[str(one) for one in rng.choice(words, 12, replace=False)] for _ in range(60)]
    own, other = ([" ".join(rng.permutation(item)) for item in items] for _ in range(2))
    losses = rng.normal(2, 0.3, 60)
    assert "twins are rewordings of the items" in partners.unlike(own, other, losses, losses, rng)


def test_a_rare_mark_of_style_is_seen() -> None:
    own, other = texts("en", 2), [f"{text} indeed" for text in texts("en", 3)]
    area, above, _ = partners.blind(own, other, np.random.default_rng(0))
    assert area > 0.95 and above < 0.02


def test_equal_sets_are_accepted() -> None:
    refused = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        losses = rng.normal(2, 0.3, 120)
        refused += bool(
            partners.unlike(texts("en", 2 * seed), texts("en", 2 * seed + 1), losses[:60], losses[60:], rng)
        )
    assert refused <= 6


def test_sets_of_other_length_or_difficulty_are_refused() -> None:
    rng = np.random.default_rng(0)
    own, other = texts("en", 2), texts("en", 3)
    losses = rng.normal(2, 0.3, 60)
    assert "loss under the base model" in partners.unlike(own, other, losses, losses + 0.4, rng)


def test_sets_of_other_length_are_refused() -> None:
    # Digits are one kind of word, however many there are.
    rng = np.random.default_rng(0)
    own, other = ([str(rng.integers(10**9))[:size] for _ in range(60)] for size in (4, 6))
    losses = rng.normal(2, 0.3, 60)
    assert partners.unlike(own, other, losses, losses, rng)


def test_too_few_twins_are_counted() -> None:
    said = partners.unlike(["a"] * 30, ["b"] * 5, np.ones(30), np.ones(5), np.random.default_rng(0))
    assert said == "5 twins and 30 items; 20 of each are needed"


def test_ties_do_not_matter() -> None:
    assert partners.mann_whitney(np.ones(9), np.ones(8)) == (0.5, 1.0)
    area, p = partners.mann_whitney(np.array([1.0, 2, 2, 3]), np.array([0.0, 1, 1, 2]))
    assert area == pytest.approx((3.5 + 3.5 + 3.5 + 4 - 1.5) / 16, abs=0.2) and 0.01 < p < 0.3
