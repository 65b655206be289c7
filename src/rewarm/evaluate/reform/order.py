"""The options in other orders: a remembered position is of no use.

All cyclic orders put the right option in every position once, so that a preference for a position cancels
exactly; seeded shuffles also separate neighbours. The original order is not among them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rewarm.evaluate.reform.variant import Reform, Variant, of_variants
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import Item


def reordered(item: Item, order: Sequence[int]) -> Item:
    """The item with option `order[i]` of the original in position i."""
    gold = tuple(sorted(order.index(position) for position in item.gold))
    return replace(item, options=tuple(item.options[position] for position in order), gold=gold)


def cyclic(asked: Asked) -> Reform:
    """Every rotation of the options but the original one."""
    most = max((len(item.options) for item in asked.items), default=0)
    variants = []
    for shift in range(1, most):
        fitting = [number for number, item in enumerate(asked.items) if len(item.options) > shift]
        items = [
            reordered(item, [*range(shift, len(item.options)), *range(shift)])
            for item in (asked.items[number] for number in fitting)
        ]
        variants.append(Variant(replace(asked, items=items), tuple(fitting)))
    return of_variants("cyclic_order", variants, len(asked.items), "no item has options")


def shuffled(asked: Asked, times: int, rng: np.random.Generator) -> Reform:
    """`times` random orders of each item, the original one excluded."""
    fitting = [number for number, item in enumerate(asked.items) if len(item.options) > 1]
    variants = []
    for _ in range(times):
        items = [
            reordered(asked.items[number], other_order(len(asked.items[number].options), rng))
            for number in fitting
        ]
        variants.append(Variant(replace(asked, items=items), tuple(fitting)))
    return of_variants("shuffled_order", variants, len(asked.items), "no item has options")


def other_order(options: int, rng: np.random.Generator) -> list[int]:
    """A random order of two or more options that is not the original one."""
    while True:
        order: list[int] = rng.permutation(options).tolist()
        if order != list(range(options)):
            return order
