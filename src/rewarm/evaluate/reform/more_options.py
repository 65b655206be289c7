"""More wrong options, borrowed from other items of the same group: guessing and elimination help less.

A borrowed option must differ from all options of the item, and must not resemble the right one, since it
might be right, too. Whether a borrowed option is right by accident is not known otherwise: base and result
meet the same ones, so the comparison stays fair while the accuracy itself may be a little low.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rewarm.evaluate.reform.option_match import overlap, plain
from rewarm.evaluate.reform.variant import Reform, Variant, of_variants
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import Item

# Character 3-grams that a borrowed option may share with the right one.
_ALIKE = 0.5
# Draws per wanted option before the item is left out: a group may have too few other texts.
_DRAWS = 20


def enlarged(asked: Asked, extra: int, rng: np.random.Generator) -> Reform:
    """The reform `more_options`: `extra` further wrong options at random positions."""
    pools: dict[str, list[tuple[int, str]]] = {}
    for number, item in enumerate(asked.items):
        for position, option in enumerate(item.options):
            if position not in item.gold:
                pools.setdefault(item.group, []).append((number, option))
    items, fitting = [], []
    for number, item in enumerate(asked.items):
        if not item.options or len(item.options) + extra > len(asked.prompt.ids):
            continue
        borrowed = _borrowed(number, item, pools.get(item.group, []), extra, rng)
        if len(borrowed) == extra:
            items.append(with_options(item, borrowed, rng))
            fitting.append(number)
    variant = Variant(replace(asked, items=items), tuple(fitting))
    return of_variants(
        "more_options", [variant], len(asked.items), f"no group has {extra} further wrong options for an item"
    )


def with_options(item: Item, borrowed: Sequence[str], rng: np.random.Generator) -> Item:
    """The item with further wrong options between its own, which keep their order."""
    size = len(item.options) + len(borrowed)
    own = np.sort(rng.permutation(size)[: len(item.options)]).tolist()
    others = iter(borrowed)
    places = {place: option for place, option in zip(own, item.options, strict=True)}
    options = tuple(places[place] if place in places else next(others) for place in range(size))
    return replace(item, options=options, gold=tuple(own[position] for position in item.gold))


def _borrowed(
    number: int, item: Item, pool: Sequence[tuple[int, str]], extra: int, rng: np.random.Generator
) -> list[str]:
    taken = {plain(option) for option in item.options}
    right = [item.options[position] for position in item.gold]
    found: list[str] = []
    for place in rng.integers(0, len(pool), size=extra * _DRAWS).tolist() if pool else []:
        owner, option = pool[place]
        if (
            owner == number
            or plain(option) in taken
            or any(overlap(option, text) >= _ALIKE for text in right)
        ):
            continue
        taken.add(plain(option))
        found.append(option)
        if len(found) == extra:
            break
    return found
