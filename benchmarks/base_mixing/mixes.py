"""The known mixes, their texts, and how an estimate is judged."""

from itertools import combinations

import numpy as np
from support import corpora, result_table
from support.smoke import SMOKE

KINDS = tuple(
    name for name in ("statutes", "cloud-api", "code", "medicine", "manuals") if name in corpora.NAMES
)
_MIXES = (
    (0.2, 0.2, 0.2, 0.2, 0.2),
    (0.6, 0.1, 0.1, 0.1, 0.1),
    (0.05, 0.15, 0.4, 0.1, 0.3),
    (0.02, 0.5, 0.08, 0.35, 0.05),
    (0.0, 0.1, 0.7, 0.0, 0.2),
)
BAR, _APART = 0.1, 0.05


def mixes() -> list[dict[str, float]]:
    """Shares by kind, of the kinds that can be read here."""
    found = []
    for mix in _MIXES[: 2 if SMOKE else None]:
        shares = dict(zip(KINDS, mix[: len(KINDS)], strict=True))
        found.append({name: share / sum(shares.values()) for name, share in shares.items()})
    return found


def halves(megabytes: float) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """About `megabytes` of each kind for the training, and as much of other documents for the estimate."""
    samples = {name: corpora.sample(name, 2 * megabytes) for name in KINDS}
    trained = {name: texts[::2] for name, texts in samples.items()}
    return trained, {name: texts[1::2] for name, texts in samples.items()}


def cut(texts: list[str], megabytes: float) -> list[str]:
    """The first texts that make about so many megabytes."""
    sizes = np.cumsum([len(text.encode()) for text in texts])
    return texts[: int((sizes < 1e6 * megabytes).sum()) + 1]


def judged(
    name: str, true: dict[str, float], found: dict[str, float]
) -> tuple[list[result_table.Row], float]:
    """Rows of one mix, and the mean absolute error of its shares."""
    rows = []
    for kind in KINDS:
        rows.append(result_table.row(f"{name}: {kind}, true", true[kind]))
        rows.append(result_table.row(f"{name}: {kind}, inferred", found[kind]))
    error = float(np.mean([abs(found[kind] - true[kind]) for kind in KINDS]))
    rows.append(result_table.row(f"{name}: mean absolute error", error, BAR, at_most=True))
    wrong = sum(
        (found[a] - found[b]) * (true[a] - true[b]) <= 0
        for a, b in combinations(KINDS, 2)
        if abs(true[a] - true[b]) >= _APART - 1e-9
    )
    rows.append(result_table.row(f"{name}: pairs in the wrong order", wrong, 0, at_most=True))
    return rows, error
