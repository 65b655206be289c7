"""A made exam, small models that learn it honestly or by the place of its answers, and how they are asked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tiny_model

from rewarm.evaluate.score import encoding
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import ENGLISH, requests

ANIMALS = ["cat", "dog", "cow", "pig", "fox", "hen", "owl", "bat", "ant", "bee", "eel", "yak"]
THINGS = ["cup", "hat", "pen", "box", "key", "jar", "mat", "bag", "net", "pin", "rod", "saw", "lid", "fan"]


def exam(size: int = 60, seed: int = 0) -> list[Item]:
    """Items with one animal among three things; the number in the question is all that tells two apart."""
    rng = np.random.default_rng(seed)
    items = []
    for number in range(size):
        options = [str(word) for word in rng.choice(THINGS, 3, replace=False)]
        gold = int(rng.integers(4))
        options.insert(gold, str(rng.choice(ANIMALS)))
        items.append(
            Item(str(number), f"Question q{number:02}: which is an animal?", tuple(options), (gold,))
        )
    return items


def untrained(folder: Path) -> tuple[Any, Any]:
    """Model and tokenizer."""
    texts = [request.context + request.continuation for request in requests(exam(), ENGLISH, "letters")]
    return tiny_model.build(folder, [*texts, *(ANIMALS + THINGS) * 20])


def honestly(item: Item, rng: np.random.Generator) -> Item:
    """Other things and another order each time: only knowledge of the words helps."""
    options = [str(word) for word in rng.choice(THINGS, 3, replace=False)]
    gold = int(rng.integers(4))
    options.insert(gold, item.options[item.gold[0]])
    return Item(item.id, item.question, tuple(options), (gold,))


def by_place(item: Item, rng: np.random.Generator) -> Item:
    """The options shuffled under the same gold letter: only the question's letter can be learned."""
    return Item(item.id, item.question, tuple(rng.permutation(item.options).tolist()), item.gold)


def train(
    folder: Path, tokenizer: Any, lesson: Callable[[Item, np.random.Generator], Item], steps: int
) -> Any:
    """The model in `folder` after `steps` batches of 48 answers."""
    rng = np.random.default_rng(1)
    shown = [lesson(item, rng) for item in exam() for _ in range(40)]
    asked = [requests([item], ENGLISH, "letters")[item.gold[0]] for item in shown]
    batches = [rng.integers(0, len(asked), 48) for _ in range(steps)]
    return tiny_model.train(folder, encoding.encode(asked, tokenizer, 256), batches)
