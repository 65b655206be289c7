"""Strengths that data were drawn with are found again, ties included."""

import numpy as np
import pytest

from rewarm.statistics.bradley_terry import strengths

_TRUE = {"a": 0.0, "b": 0.6, "c": -0.4, "d": 1.2}
_TIE = float(np.log(0.6))
_PAIRS = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def _draw(prompts: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    true = np.array(list(_TRUE.values()))
    rows = []
    for first, second in _PAIRS:
        odds = np.exp([true[first], true[second], _TIE + (true[first] + true[second]) / 2])
        rows += [(first, second, outcome) for outcome in rng.choice(3, p=odds / odds.sum(), size=prompts)]
    return np.array(rows), np.tile(np.arange(prompts), len(_PAIRS))


def test_strengths_and_ties_are_found_again() -> None:
    rng = np.random.default_rng(0)
    found = strengths(list(_TRUE), *_draw(4000, rng), 100, rng)
    for model, value in _TRUE.items():
        assert abs(found.of[model].value - value) < 0.1
    assert abs(found.tie.value - _TIE) < 0.1
    assert (found.of["a"].low, found.of["a"].high) == (0, 0)


def test_intervals_cover() -> None:
    rng = np.random.default_rng(1)
    covered = {model: 0 for model in "bcd"}
    runs = 100
    for _ in range(runs):
        found = strengths(list(_TRUE), *_draw(80, rng), 150, rng)
        for model in covered:
            covered[model] += found.of[model].low <= _TRUE[model] <= found.of[model].high
    assert all(0.88 <= count / runs <= 1 for count in covered.values())


def test_order_in_a_pair_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    rows, prompt = _draw(200, rng)
    swapped = rows[:, [1, 0, 2]].copy()
    swapped[:, 2] = np.array([1, 0, 2])[rows[:, 2]]
    one, other = (
        strengths(list(_TRUE), duels, prompt, 10, np.random.default_rng(0)) for duels in (rows, swapped)
    )
    for model in _TRUE:
        assert one.of[model].value == pytest.approx(other.of[model].value, abs=1e-6)


def test_a_model_that_never_lost_has_a_finite_strength() -> None:
    rows = np.array([(0, 1, 1)] * 30 + [(0, 2, 0), (0, 2, 1), (0, 2, 2)] * 10)
    found = strengths(["a", "b", "c"], rows, np.arange(60), 50, np.random.default_rng(0))
    assert 3 < found.of["b"].value < 6 and abs(found.of["c"].value) < 0.01


def test_duels_of_one_prompt_are_drawn_together() -> None:
    """Copies of a prompt's duel say nothing new: as one prompt they do not narrow the interval."""
    rng = np.random.default_rng(3)
    rows, prompt = _draw(60, rng)
    many, copies = np.repeat(rows, 9, axis=0), np.repeat(prompt, 9)

    def width(duels: np.ndarray, prompts: np.ndarray) -> float:
        found = strengths(list(_TRUE), duels, prompts, 400, np.random.default_rng(0)).of["d"]
        return found.high - found.low

    assert width(many, copies) == pytest.approx(width(rows, prompt), rel=0.2)
    assert width(many, np.arange(len(many))) < 0.5 * width(rows, prompt)
