"""Retained documents that are near to the domain, and those that are far from it.

Forgetting is often worst beside the domain: after statutes of one country, those of another. A retained
document's nearness is the cosine of its token counts, weighted by inverse document frequency, with the sum
over the domain's held-out documents. The nearest quarter is measured apart from the rest.
"""

from collections.abc import Sequence

import numpy as np

NEAR, FAR = "near the domain", "far from the domain"
_QUARTER = 0.25
# With fewer documents a quarter has too few for an interval.
_LEAST = 20


def parts(tokens: Sequence[np.ndarray], domain: np.ndarray) -> dict[str, np.ndarray]:
    """bool [documents] for `NEAR` and `FAR`; empty with too few documents of either kind.

    tokens: uint32 [tokens] of each document; domain: bool [documents].
    """
    if (~domain).sum() < _LEAST or not domain.any():
        return {}
    counted = [np.unique(np.asarray(one, dtype=np.int64), return_counts=True) for one in tokens]
    size = 1 + max(int(ids[-1]) for ids, _ in counted if len(ids))
    present = np.zeros(size)
    for ids, _ in counted:
        present[ids] += 1
    rarity = np.log(len(tokens) / np.maximum(present, 1))
    weights = [np.log1p(counts) * rarity[ids] for ids, counts in counted]
    centre = np.zeros(size)
    for row in np.flatnonzero(domain):
        centre[counted[row][0]] += weights[row]
    nearness = np.array(
        [
            weight @ centre[ids] / max(float(np.linalg.norm(weight)), 1e-12)
            for (ids, _), weight in zip(counted, weights, strict=True)
        ]
    )
    limit = np.quantile(nearness[~domain], 1 - _QUARTER)
    near = ~domain & (nearness >= limit)
    return {NEAR: near, FAR: ~domain & ~near}
