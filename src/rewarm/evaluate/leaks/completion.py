"""Completion of a truncated question: how much of the second half does the model write from the first?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rewarm.evaluate.reform.option_match import overlap
from rewarm.evaluate.score.generation import generate
from rewarm.evaluate.tasks.item import Item

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_MOST_TOKENS = 48


def scores(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", items: Sequence[Item]
) -> np.ndarray:
    """float64 [items], 0..1: shared character 3-grams of what is written and what follows in the question."""
    halves = [half(item.question) for item in items]
    written = generate(model, tokenizer, [first for first, _ in halves], _MOST_TOKENS, stops=("\n",))
    return np.array(
        [
            overlap(text[: len(second) + 4], second) if second else 0.0
            for text, (_, second) in zip(written, halves, strict=True)
        ]
    )


def half(question: str) -> tuple[str, str]:
    """Both halves of a question, at a space near the middle if it has one."""
    text = " ".join(question.split())
    middle = len(text) // 2
    place = text.rfind(" ", 0, middle + 1)
    place = place if place > middle // 2 else middle
    return text[:place], text[place:]
