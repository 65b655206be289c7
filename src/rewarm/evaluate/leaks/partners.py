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
from math import erfc, sqrt

import numpy as np

# Three checks reject 6 % of fair partners at this level, and each should see a small difference.
_LEVEL = 0.02
_FOLDS = 5
_SHUFFLES = 199
# A feature stands in so many texts and such a share of them, at least.
_SEVERAL, _SHARE, _FEATURES = 4, 0.04, 5000
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
    area, above, below = blind(texts, twins, rng)
    if above < _LEVEL:
        return f"a classifier tells twins from items by their text alone (AUC {area:.2f}, p = {above:.1g})"
    if below < _LEVEL / 2:
        return f"twins are rewordings of the items, not fresh ones (AUC {area:.2f}, p = {below:.1g})"
    lengths = [np.array([len(text.encode()) for text in some], dtype=np.float64) for some in (texts, twins)]
    pairs = {"length": (lengths[0], lengths[1]), "loss under the base model": (base, base_twins)}
    for name, (one, other) in pairs.items():
        p = mann_whitney(one, other)[1]
        if p < _LEVEL:
            return f"twins and items differ in {name} (p = {p:.1g})"
    return ""


def blind(texts: Sequence[str], twins: Sequence[str], rng: np.random.Generator) -> tuple[float, float, float]:
    """Area under the curve of a naive Bayes classifier, each text judged by a model that did not see it; and
    the p-values of so much or more, and of so little or less, when the labels are shuffled. The area is far
    below 1/2 where each text has its like on the other side.

    The classifier sees which words, signs and character 3-grams a text has, of those that several texts
    have: words of one item say nothing about the kind, and twins may be about the same subject as an item.
    """
    present = _presence([*texts, *twins])
    label = np.array([1.0] * len(texts) + [0.0] * len(twins), dtype=np.float32)
    labels = np.stack([label, *(rng.permutation(label) for _ in range(_SHUFFLES))], axis=1)
    fold = rng.permutation(len(label)) % _FOLDS
    scores = np.zeros(labels.shape)
    for number in range(_FOLDS):
        known, own = fold != number, fold == number
        positive = present[known].T @ labels[known]
        negative = present[known].sum(axis=0)[:, None] - positive
        count = labels[known].sum(axis=0)
        weight = np.log((positive + 0.5) / (count + 1)) - np.log((negative + 0.5) / (known.sum() - count + 1))
        scores[own] = present[own] @ weight
    ranks = scores.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") + 1
    above = (ranks * labels).sum(axis=0) - len(texts) * (len(texts) + 1) / 2
    areas = above / (len(texts) * len(twins))
    above, below = (areas >= areas[0] - 1e-9).mean(), (areas <= areas[0] + 1e-9).mean()
    return float(areas[0]), float(above), float(below)


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


def _presence(texts: Sequence[str]) -> np.ndarray:
    """float32 [texts, features], 1 where a text has the feature; only those that several texts have."""
    found = [_features(text) for text in texts]
    times = Counter(feature for features in found for feature in features)
    least = max(_SEVERAL, round(_SHARE * len(texts)))
    common = [feature for feature, count in times.most_common(_FEATURES) if least <= count < len(texts)]
    column = {feature: place for place, feature in enumerate(sorted(common))}
    present = np.zeros((len(texts), len(column)), dtype=np.float32)
    for row, features in enumerate(found):
        present[row, [column[feature] for feature in features if feature in column]] = 1
    return present


def _features(text: str) -> set[str]:
    words = _WORD.findall(text)
    characters = {f"#{text[at : at + 3]}" for at in range(len(text) - 2)}
    return {
        *(word.casefold() for word in words),
        *(word for word in words if not word.islower()),
        *characters,
    }
