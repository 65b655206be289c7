"""Which model size given cards can serve: weights, the cache of keys and values, and a margin.

Weights take 2 bytes unquantized, 1 in int8, and about 0.56 in int4 with a scale for each 64 weights. The
cache holds two vectors per layer, key-value head and token, in bf16 (Pope et al. 2022, 2211.05102, section
3.3).
"""

from dataclasses import dataclass
from typing import Literal

from rewarm.plan import memory
from rewarm.plan.accelerators import Accelerator
from rewarm.plan.memory import HALF, Shapes

Precision = Literal["bf16", "int8", "int4"]
BYTES: dict[Precision, float] = {"bf16": 2.0, "int8": 1.0, "int4": 0.5 + 2 * 2 / 64}
MARGIN = 0.1  # of each card: activations, fragments, the server
# Sizes that families are published in: the next smaller one is recommended.
SIZES = (0.5e9, 1e9, 1.5e9, 3e9, 4e9, 7e9, 8e9, 14e9, 24e9, 27e9, 30e9, 32e9, 70e9, 110e9, 235e9, 405e9)


@dataclass(frozen=True, slots=True)
class Serving:
    """parameters: the most that fit; recommended: the next smaller published size, 0 for none; weights,
    cache, room: bytes at `parameters`."""

    precision: Precision
    parameters: float
    recommended: float
    weights: float
    cache: float
    room: float


def cache_bytes(model: Shapes, length: int, concurrency: int, kv_width: int | None = None) -> float:
    """Bytes of keys and values. kv_width: key-value heads x their size; None for 8 heads of 128, or half of
    the width for small models."""
    width = kv_width or min(1024, model.width // 2)
    return 2.0 * HALF * model.layers * width * length * concurrency


def largest(
    card: Accelerator, cards: int, length: int, concurrency: int, precision: Precision = "bf16"
) -> Serving:
    """The largest typical model that `cards` serve at this length and number of requests at once."""
    room = card.memory * 1e9 * cards * (1 - MARGIN)

    def takes(parameters: float) -> tuple[float, float]:
        shapes = memory.typical(round(parameters))
        return BYTES[precision] * parameters, cache_bytes(shapes, length, concurrency)

    low, high = 1e6, 1e13
    if sum(takes(low)) > room:
        return Serving(precision, 0.0, 0.0, 0.0, takes(low)[1], room)
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if sum(takes(middle)) <= room else (low, middle)
    fits = [size for size in SIZES if size <= low]
    weights, cache = takes(low)
    return Serving(precision, low, fits[-1] if fits else 0.0, weights, cache, room)
