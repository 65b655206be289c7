"""The texts whose losses are compared, made before any model is loaded, so that both models score the same.

Of each item: its options in the published order and in others, behind the question; the whole item (question,
options, answer) as published, with another template, and with the question reworded by a language model
where one is given. Of each twin, a fresh item that cannot have been in the training data: the whole item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rewarm.evaluate.leaks.orders import exchangeable
from rewarm.evaluate.reform.order import reordered
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import Prompt, Request, gold_answer, question

# Of four options, three wrong ones have five other orders.
_ORDERS = 5
_OTHER_TEMPLATE = "Exam\n\n{context}Q: {question}\nChoices:\n{options}Solution:"


@dataclass(frozen=True, slots=True)
class Plan:
    """orders: per item the requests of its options, published order first, empty where it has none; whole,
    retemplated: per item; twins: per twin; items, fresh: the items and the twins; reworded: per item that
    has a paraphrase, whose position is the request's `item`."""

    items: Sequence[Item]
    fresh: Sequence[Item]
    orders: list[list[Request]]
    whole: list[Request]
    retemplated: list[Request]
    twins: list[Request]
    reworded: list[Request] = field(default_factory=list)


def plan(
    items: Sequence[Item],
    prompt: Prompt,
    twins: Sequence[Item] = (),
    *,
    reworded: Mapping[int, Item] | None = None,
    seed: int = 0,
) -> Plan:
    """The texts to score. twins: items of the same kind that were never published, or later than the training
    data; whether they are comparable is tested. reworded: paraphrases by position of the item."""
    rng = np.random.default_rng(seed)
    other = replace(prompt, description="", letters=_OTHER_TEMPLATE, option="({id}) {option}\n", joiner=" ")
    return Plan(
        items,
        twins,
        [_orders(number, item, prompt, rng) for number, item in enumerate(items)],
        [whole(number, item, prompt) for number, item in enumerate(items)],
        [whole(number, item, other) for number, item in enumerate(items)],
        [whole(number, item, prompt) for number, item in enumerate(twins)],
        [whole(number, item, prompt) for number, item in (reworded or {}).items()],
    )


def whole(number: int, item: Item, prompt: Prompt) -> Request:
    """Question, options and answer as one text without context."""
    text = question(item, prompt, "letters") + gold_answer(item, prompt, "letters")
    return Request(number, (), "", text)


def _orders(number: int, item: Item, prompt: Prompt, rng: np.random.Generator) -> list[Request]:
    found = []
    for order in exchangeable(item, _ORDERS, rng):
        text = question(reordered(item, order), prompt, "letters")
        # Everything before the first option is the same in all orders.
        begin = text.find(_first_line(item, prompt, order), _question_end(item, text))
        if begin < 0:  # A template that does not list the options.
            return []
        found.append(Request(number, order, text[:begin], text[begin:].rstrip()))
    return found


def _first_line(item: Item, prompt: Prompt, order: Sequence[int]) -> str:
    return prompt.option.format(id=prompt.ids[0], option=item.options[order[0]])


def _question_end(item: Item, text: str) -> int:
    asked = item.question.strip()
    return max(0, text.find(asked)) + len(asked)
