"""Whether twins are a fair partner: the same kind of items, apart from the leak.

Tests that compare two sets of items find any difference between them, and a set in another language, of
another date or in another style looks leaked (Duan et al. 2024, arXiv 2402.07841; Meeus et al. 2024, arXiv
2406.17975). So a set of twins is only used if nothing tells it from the items: not a classifier that sees the
text and no model ("blind"), not the length, not the base model's loss. The base loss of items that the base
itself has seen differs, too; then only the order test is left.
"""

import re
from collections import Counter
from collections.abc import Sequence
from math import erfc, log, sqrt

import numpy as np

# Three checks reject 6 % of fair partners at this level, and each should see a small difference.
_LEVEL = 0.02
_FOLDS = 5
_LEAST = 20
_WORD = re.compile(r"[^\W\d_]+|\d|[^\w\s]")


def unlike(
    texts: Sequence[str],
    twins: Sequence[str],
    base: np.ndarray,
    base_twins: np.ndarray,
    rng: np.random.Generator,
) -> str:
    """Why the twins are no fair partner; empty if they are.

    base, base_twins: float64, bits per byte of the items and the twins under the base model.
    """
    if min(len(texts), len(twins)) < _LEAST:
        return f"{len(twins)} twins and {len(texts)} items; {_LEAST} of each are needed"
    area, p = blind(texts, twins, rng)
    if p < _LEVEL:
        return f"a classifier tells twins from items by their text alone (AUC {area:.2f}, p = {p:.1g})"
    lengths = [np.array([len(text.encode()) for text in some], dtype=np.float64) for some in (texts, twins)]
    pairs = {"length": (lengths[0], lengths[1]), "loss under the base model": (base, base_twins)}
    for name, (one, other) in pairs.items():
        p = mann_whitney(one, other)[1]
        if p < _LEVEL:
            return f"twins and items differ in {name} (p = {p:.1g})"
    return ""


def blind(texts: Sequence[str], twins: Sequence[str], rng: np.random.Generator) -> tuple[float, float]:
    """Area under the curve of a naive Bayes classifier of words and characters, each item judged by a model
    that did not see it; and the p-value of being above 1/2, since cross-validation is below it by chance."""
    documents = [_features(text) for text in (*texts, *twins)]
    label = np.array([True] * len(texts) + [False] * len(twins))
    fold = np.empty(len(label), dtype=np.int64)
    for side in (True, False):
        rows = np.flatnonzero(label == side)
        fold[rows] = rng.permutation(len(rows)) % _FOLDS
    scores = np.zeros(len(label))
    for number in range(_FOLDS):
        counts = {side: _counts(documents, (label == side) & (fold != number)) for side in (True, False)}
        total = {side: sum(found.values()) + 1 for side, found in counts.items()}
        for row in np.flatnonzero(fold == number).tolist():
            words = documents[row]
            scores[row] = sum(
                log((counts[True][word] + 0.5) / total[True])
                - log((counts[False][word] + 0.5) / total[False])
                for word in words
            ) / max(1, len(words))
    area, p = mann_whitney(scores[label], scores[~label])
    return area, p / 2 if area > 0.5 else 1 - p / 2


def mann_whitney(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Probability that a value of `one` is above one of `other`, and the two-sided p-value (normal)."""
    pooled = np.concatenate([one, other])
    values, inverse, times = np.unique(pooled, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[inverse]
    above = ranks[: len(one)].sum() - len(one) * (len(one) + 1) / 2
    pairs, size = len(one) * len(other), len(pooled)
    ties = float((times.astype(np.float64) ** 3 - times).sum()) / (size * (size - 1))
    spread = sqrt(max(1e-12, pairs / 12 * (size + 1 - ties)))
    if len(values) == 1:
        return 0.5, 1.0
    return float(above / pairs), erfc(abs(above - pairs / 2) / spread / sqrt(2))


def _features(text: str) -> set[str]:
    words = _WORD.findall(text)
    folded = [word.casefold() for word in words]
    characters = {f"#{text[at : at + 3]}" for at in range(len(text) - 2)}
    return {*folded, *(word for word in words if not word.islower()), *characters}


def _counts(documents: Sequence[set[str]], chosen: np.ndarray) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in np.flatnonzero(chosen).tolist():
        found.update(documents[row])
    return found
