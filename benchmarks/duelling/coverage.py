"""Coverage of 95 % intervals in simulation: how often the truth lies in them."""

from collections.abc import Callable

import numpy as np
from support import result_table

from rewarm.evaluate.duels.outcomes import Outcome
from rewarm.evaluate.duels.rates import rates
from rewarm.statistics.agreement import agreement
from rewarm.statistics.bradley_terry import strengths
from rewarm.statistics.length_control import at_equal_length

# Of 2,000 draws with a coverage of 0.95, 95 % lie within 0.01.
_BAR = 0.94
_DRAWS = 400
_PROMPTS = (100, 400)
_LEVEL = float(np.log(0.6 / 0.4))


def rows(sets: int) -> list[result_table.Row]:
    """A row for each interval. sets: simulated data sets."""
    found = [
        *_rates(sets),
        *_lengths(sets),
        *_strengths(sets),
        _kappa(sets),
    ]
    return found


def _row(name: str, covered: float, bar: float | None = _BAR) -> result_table.Row:
    return result_table.row(f"coverage: {name}", covered, bar)


def _rates(sets: int) -> list[result_table.Row]:
    found = []
    for share in (0.5, 0.8, 0.95):
        for prompts in (50, 200):
            rng = np.random.default_rng(1)
            covered = difference = 0
            for _ in range(sets):
                drawn = rng.choice(3, prompts, p=[share - 0.2, 0.2, 1 - share])
                states = ("win", "tie", "lose")
                # `empty`: without the fit of lengths, which has rows of its own.
                made = [
                    Outcome(str(n), "r", "b", "overall", states[one], "empty", 0.0)  # type: ignore[arg-type]
                    for n, one in enumerate(drawn)
                ]
                row = rates(made, "", _DRAWS, rng)
                covered += row.not_lose.low <= share <= row.not_lose.high
                difference += row.win_minus_lose.low <= 2 * share - 1.2 <= row.win_minus_lose.high
            found.append(_row(f"not lose, {share} of {prompts}", covered / sets))
            found.append(_row(f"win - lose, {2 * share - 1.2:.1f} of {prompts}", difference / sets))
    return found


def _sigmoid(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))


_JUDGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "bias of the model's form": lambda d: _sigmoid(_LEVEL + 1.2 * np.tanh(d / 0.64)),
    "bias growing with the log-length": lambda d: _sigmoid(_LEVEL + 1.2 * d),
    "the longer answer in a quarter": lambda d: 0.75 * (0.475 / 0.75) + 0.25 * (d > 0),
    "no bias": lambda d: np.full(len(d), 0.6),
}


def _lengths(sets: int) -> list[result_table.Row]:
    """The result writes answers e^0.4 times as long; at equal length it does not lose in 60 %."""
    found = []
    for prompts in _PROMPTS:
        for name, chance in _JUDGES.items():
            rng = np.random.default_rng(2)
            covered = plain = 0
            for _ in range(sets):
                longer = rng.normal(0.4, 0.5, prompts)
                hit = rng.random(prompts) < chance(longer)
                one = at_equal_length(longer, hit, _DRAWS, rng)
                if not isinstance(one, str):
                    covered += one.rate.low <= 0.6 <= one.rate.high
                plain += abs(hit.mean() - 0.6) <= 1.96 * np.sqrt(hit.mean() * (1 - hit.mean()) / prompts)
            found.append(_row(f"at equal length, {name}, {prompts}", covered / sets))
            found.append(_row(f"without length control, {name}, {prompts}", plain / sets, None))
    return found


def _strengths(sets: int) -> list[result_table.Row]:
    true, tie = np.array([0.0, 0.6, -0.4, 1.2]), np.log(0.6)
    pairs = [(a, b) for a in range(4) for b in range(a + 1, 4)]
    odds = np.array([np.exp([true[a], true[b], tie + (true[a] + true[b]) / 2]) for a, b in pairs])
    chances = odds / odds.sum(1, keepdims=True)
    rng = np.random.default_rng(3)
    covered = np.zeros(4)
    # Fewer: one set takes 20 ms.
    sets, prompts = max(1, sets // 4), 100
    for _ in range(sets):
        drawn = [
            (*pair, int(one))
            for pair, chance in zip(pairs, chances, strict=True)
            for one in rng.choice(3, prompts, p=chance)
        ]
        made = strengths(list("abcd"), np.array(drawn), np.tile(np.arange(prompts), len(pairs)), _DRAWS, rng)
        for place, model in enumerate("abcd"):
            covered[place] += made.of[model].low <= true[place] <= made.of[model].high
    # Of so few, 95 % lie within 0.02.
    return [
        _row(f"strength {true[place]:+.1f}, {prompts}", covered[place] / sets, 0.93) for place in (1, 2, 3)
    ]


def _kappa(sets: int) -> result_table.Row:
    rng = np.random.default_rng(4)
    covered, items = 0, 120
    groups = [str(one) for one in range(items)]
    for _ in range(sets):
        one = rng.integers(3, size=items)
        other = np.where(rng.random(items) < 0.5, one, rng.integers(3, size=items))
        found = agreement(list(map(str, one)), list(map(str, other)), groups, "t", _DRAWS, rng)
        covered += found.kappa.low <= 0.5 <= found.kappa.high
    return _row(f"kappa 0.5, {items}", covered / sets)
