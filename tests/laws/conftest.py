"""Points and losses that a law itself made, with known noise."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rewarm.laws.points import Points
from rewarm.laws.schedules import Schedules

Array = NDArray[np.float64]


def two_sources(shares: tuple[float, ...], tokens: tuple[float, ...], **columns: Array) -> Points:
    """Every share of `domain` with every number of tokens."""
    own, length = (axis.ravel() for axis in np.meshgrid(shares, tokens, indexing="ij"))
    table = {"tokens": length, **{name: np.resize(values, len(own)) for name, values in columns.items()}}
    return Points(("domain", "general"), np.stack([own, 1 - own], axis=1), 0, table)


def schedule_points(rates: tuple[Array, ...], every: int) -> Points:
    run = np.concatenate([np.full(len(one[50::every]), place) for place, one in enumerate(rates)])
    step = np.concatenate([np.arange(len(one))[50::every] for one in rates])
    found = Schedules(rates, run.astype(np.int64), step.astype(np.int64))
    return Points(("all",), np.ones((len(run), 1)), schedules=found, run=run.astype(np.int64))


@pytest.fixture
def grid() -> Callable[..., Points]:
    return two_sources


@pytest.fixture
def pilots_table() -> Callable[..., list[dict[str, Any]]]:
    """Rows of a file of pilots whose general loss rises with the domain share."""

    def make(noise: float = 0.001, seed: int = 0) -> list[dict[str, Any]]:
        rng = np.random.default_rng(seed)
        rows = [_row(0.5, 0.0, 2.8, 2.4)]
        for share in (0.0, 0.15, 0.3, 0.5, 0.7, 0.9):
            for tokens in (1e7, 4e7, 1.6e8):
                for _ in range(3 if share == 0.5 else 1):
                    domain, general = true_losses(share, tokens)
                    wobble = np.exp(noise * rng.standard_normal(2))
                    rows.append(_row(share, tokens, domain * wobble[0], general * wobble[1]))
        return rows

    return make


def true_losses(share: float, tokens: float) -> tuple[float, float]:
    domain = 2.8 - 0.5 * share**0.4 * (1 - (1 + tokens / 2e7) ** -0.5)
    general = 2.4 + 0.15 * share**1.5 * tokens / (tokens + 3e7)
    return domain, general


def _row(share: float, tokens: float, domain: float, general: float) -> dict[str, Any]:
    return {
        "share.domain": share,
        "share.general": 1 - share,
        "tokens": tokens,
        "loss.domain": domain,
        "loss.general": general,
    }
