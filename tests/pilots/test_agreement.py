"""Rank agreement against its definition."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.pilots import agreement


def rows(losses: dict[float, tuple[float, float]], note: str = "mix") -> list[dict[str, Any]]:
    return [
        {
            "run": f"{share}", "tokens": tokens, "share.a": share, "share.b": 1 - share,
            "loss.a": one + (1 if tokens == 50 else 0), "loss.b": other, "note": note,
        }
        for share, (one, other) in losses.items()
        for tokens in (50, 100)
    ]  # fmt: skip


@given(st.lists(st.integers(0, 5), min_size=3, max_size=12), st.randoms())
def test_spearman_is_pearson_of_mean_ranks(values: list[int], random: Any) -> None:
    others = [random.randint(0, 5) for _ in values]
    if len(set(values)) < 2 or len(set(others)) < 2:
        return

    def rank(of: list[int], value: int) -> float:
        return sum(one < value for one in of) + (sum(one == value for one in of) + 1) / 2

    ranks = [[rank(of, value) for value in of] for of in (values, others)]
    expected = np.corrcoef(ranks[0], ranks[1])[0, 1]
    assert agreement.spearman(np.array(values, float), np.array(others, float)) == pytest.approx(expected)


def test_final_losses_of_shared_mixes_are_compared() -> None:
    cheap = rows({0.1: (5, 1), 0.5: (4, 2), 0.9: (3, 3), 0.7: (9, 9)})
    trained = rows({0.1: (3.0, 1.0), 0.5: (2.0, 1.2), 0.9: (1.9, 2.5), 0.3: (0, 0)})
    trained += rows({0.7: (0, 0)}, note="repeat")
    found = {row.loss: row for row in agreement.agreement("merged", cheap, trained, 1e-4)}
    assert found["a"].mixes == 3 and found["a"].spearman == pytest.approx(1)
    assert found["b"].spearman == pytest.approx(1) and found["b"].regret == 0
    # Means 6/2, 6/2, 6/2 of the cheap level are equal; those of the trained are 2.0, 1.6, 2.2.
    assert found[agreement.MEAN].regret == pytest.approx(0.4) and found[agreement.MEAN].spearman == 0


def test_two_mixes_say_nothing() -> None:
    pair = rows({0.1: (5, 1), 0.5: (4, 2)})
    assert agreement.agreement("lora", pair, pair, 1e-4) == []
