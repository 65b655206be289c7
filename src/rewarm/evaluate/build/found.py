"""An answer found in a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """start, stop: characters of the sentence; type: answers of one type can replace each other; value: equal
    for answers that say the same; size: what similar answers are close in (magnitude, log frequency); weight:
    how good an answer it is, where that is known."""

    start: int
    stop: int
    type: str
    value: str
    size: float
    weight: float = 0.0
