"""The right option replaced by "all other options are wrong", and a control with a wrong option replaced.

Who knows the answer finds that it is missing; who remembers its words or its neighbours does not. The
control has the same text in a wrong option's place, with the same right answer: a model that always or never
chooses the text gains on one and loses on the other, so their mean does not depend on that preference. The
options are shuffled, too: in the right option's old place the text would be chosen from memory of the place.
"""

from dataclasses import replace

import numpy as np

from rewarm.evaluate.reform.order import other_order, reordered
from rewarm.evaluate.reform.variant import Reform, Variant, of_variants
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.language import is_chinese

ENGLISH = "all other options are wrong"
CHINESE = "其他选项都不对"


def gold_replaced(asked: Asked, rng: np.random.Generator) -> Reform:
    """The reform `none_of_others`: the replaced option is the right one."""
    return _replaced("none_of_others", asked, rng, right=True)


def distractor_replaced(asked: Asked, rng: np.random.Generator) -> Reform:
    """The reform `none_of_others_control`: the replaced option is a wrong one, drawn at random."""
    return _replaced("none_of_others_control", asked, rng, right=False)


def _replaced(name: str, asked: Asked, rng: np.random.Generator, right: bool) -> Reform:
    fitting = [number for number, item in enumerate(asked.items) if _fits(item)]
    items = []
    for number in fitting:
        item = asked.items[number]
        places = [place for place in range(len(item.options)) if (place in item.gold) == right]
        changed = with_text(item, int(rng.choice(places)))
        items.append(reordered(changed, other_order(len(item.options), rng)))
    variant = Variant(replace(asked, items=items), tuple(fitting))
    return of_variants(name, [variant], len(asked.items), "no single-choice item with three options or more")


def with_text(item: Item, position: int) -> Item:
    """The item with the option at `position` replaced by the text, in the question's language."""
    text = CHINESE if is_chinese(item.question) else ENGLISH
    options = (*item.options[:position], text, *item.options[position + 1 :])
    return replace(item, options=options)


def _fits(item: Item) -> bool:
    # With two options the text would say no more than "the other one is wrong".
    return len(item.options) > 2 and len(item.gold) == 1 and not item.multiple
