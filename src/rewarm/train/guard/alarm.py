"""One finding of the guard."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alarm:
    """A value beyond its limit.

    kind: non_finite, loss, grad_norm, leaf, document, words, repeat, diverged or collapsed; value and
    expected in the kind's unit: nats per token, for words under the leaf's unigrams, for a repeat the
    share of one token. leaf: of what is no property of the whole update, else -1; segment: of one part of
    a document, else -1.
    """

    kind: str
    direction: str
    value: float
    expected: float
    limit: float
    leaf: int = -1
    segment: int = -1
