"""RegMix's published runs: 512 mixes of 17 sources at 1M parameters, tested at 1M, 60M and 1B.

The target is the loss on Pile-CC, as in the paper. The form is chosen by cross-validation on the 1M training
runs only. Values are Spearman's rank correlation with 95 % bootstrap intervals over test mixes, and the
regret: the loss of the mix that the law ranks first, less that of the best test mix.
"""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from support import result_table

from rewarm.laws.catalogue import LAWS, named
from rewarm.laws.points import Points
from rewarm.laws.selection import choose

Array = NDArray[np.float64]
TARGET = "pile_cc"
BARS = {"1m": 0.99, "60m": 0.986, "1B": 0.96}
SMOKE_ROWS = 120
# Trees are a peer here: rewarm's own boosted trees are the same package.
FORMS = [law for law in LAWS if law.name != "boosted trees"]
SMOKE_FORMS = [named("exponential"), named("gaussian process")]


def load(folder: Path, part: str, size: str) -> tuple[Points, Array]:
    """Mixes and losses; rows of both files are joined by their index."""
    names, mixes = _table(folder / f"{part}_mixture_{size}.csv")
    columns, losses = _table(folder / f"{part}_pile_loss_{size}.csv")
    place = {index: row for row, index in enumerate(mixes[:, 0])}
    found = np.stack([mixes[place[index], 1:] for index in losses[:, 0]])
    target = next(number for number, name in enumerate(columns) if TARGET in name)
    sources = tuple(name.removeprefix("train_the_pile_") for name in names[1:])
    return Points(sources, found / found.sum(axis=1, keepdims=True)), losses[:, target]


def _table(path: Path) -> tuple[list[str], Array]:
    with path.open() as file:
        rows = list(csv.reader(file))
    return rows[0], np.array(rows[1:], dtype=np.float64)


def spearman(left: Array, right: Array) -> float:
    return float(np.corrcoef(_ranks(left), _ranks(right))[0, 1])


def _ranks(values: Array) -> Array:
    """Mean ranks, so that bootstrap draws with equal rows count right."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)


def rows(folder: Path, smoke: bool) -> list[result_table.Row]:
    points, losses = load(folder, "train", "1m")
    if smoke:
        some = np.arange(SMOKE_ROWS)
        points, losses = points.take(some), losses[some]
    choice = choose(points, losses, forms=SMOKE_FORMS if smoke else FORMS, draws=0, tell=print)
    out = [
        result_table.row(f"regmix: cross-validated error, {one.form}", one.error)
        for one in choice.candidates
        if one.error is not None
    ]
    print(f"regmix: {choice.law.name} chosen")
    out += _judge(folder, f"rewarm ({choice.law.name})", choice.fitted.predict, bars=not smoke)
    for peer, predict in _peers(points, losses):
        out += _judge(folder, peer, predict, bars=False)
    return out


def _judge(
    folder: Path, peer: str, predict: Callable[[Points], Array], *, bars: bool
) -> list[result_table.Row]:
    out, rng = [], np.random.default_rng(0)
    for size, bar in BARS.items():
        points, losses = load(folder, "test", size)
        guess = predict(points)
        drawn = []
        for _ in range(1000):
            sample = rng.integers(0, len(losses), len(losses))
            drawn.append(spearman(guess[sample], losses[sample]))
        low, high = np.percentile(drawn, [2.5, 97.5])
        name = f"regmix {size}: Spearman"
        out.append(result_table.row(name, spearman(guess, losses), bar if bars else None, peer=peer))
        out.append(result_table.row(f"{name}, 95 % from", low, peer=peer))
        out.append(result_table.row(f"{name}, 95 % to", high, peer=peer))
        regret = losses[int(np.argmin(guess))] - losses.min()
        out.append(result_table.row(f"regmix {size}: regret of the chosen mix, nats", regret, peer=peer))
    return out


def _peers(points: Points, losses: Array) -> list[tuple[str, Callable[[Points], Array]]]:
    if not result_table.installed([("LightGBM", "lightgbm")]):
        return []
    import lightgbm

    # Settings of RegMix's published code.
    settings = {
        "objective": "regression",
        "learning_rate": 0.01,
        "num_leaves": 31,
        "num_threads": 1,
        "seed": 42,
    }
    trees = lightgbm.train(settings | {"verbosity": -1}, lightgbm.Dataset(points.shares, losses), 1000)
    return [("LightGBM", lambda of: np.asarray(trees.predict(of.shares)))]
