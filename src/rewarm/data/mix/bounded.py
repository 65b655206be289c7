"""Shares in proportion to weights, each within its bounds, that sum to a whole."""

from collections.abc import Mapping

_STEPS = 100


def bounded(
    weights: Mapping[str, float], bounds: Mapping[str, tuple[float, float]], whole: float = 1.0
) -> dict[str, float]:
    """The shares t x weight, cut to the bounds, for the one t with which they sum to `whole`.

    A share that is cut leaves its rest to the others in proportion to their weights. Where all upper bounds
    together are less than `whole`, every share is at its upper bound; where the lower ones are more, at its
    lower. A weight of 0 stays at its lower bound while another can take the rest.
    """
    if not weights:
        return {}
    # A weight of 0 comes in only when all others are at their upper bounds.
    most = max(weights.values()) or 1.0
    own = {name: max(weight / most, 1e-9) for name, weight in weights.items()}

    def at(factor: float) -> dict[str, float]:
        return {name: min(max(factor * own[name], low), high) for name, (low, high) in bounds.items()}

    low, high = 0.0, whole / min(own.values()) + 1.0
    if sum(at(high).values()) <= whole:
        return at(high)
    if sum(at(low).values()) >= whole:
        return at(low)
    for _ in range(_STEPS):
        # Factors differ by powers of ten, so the middle is one of logarithms.
        middle = (max(low, 1e-9) * high) ** 0.5
        if sum(at(middle).values()) < whole:
            low = middle
        else:
            high = middle
    return at(high)
