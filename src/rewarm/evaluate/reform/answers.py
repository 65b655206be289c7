"""One model's answers to a task and its reforms: correct or not, per original item."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rewarm.evaluate.reform.option_match import matched
from rewarm.evaluate.reform.plan import Plan
from rewarm.evaluate.reform.variant import Variant
from rewarm.evaluate.score.task_scores import score

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Answers:
    """original: float64 [items], 1 for right; reformed: per reform float64 [items], mean over its variants,
    NaN for items that it leaves out; unmatched: per reform, generated answers that fit no option."""

    original: np.ndarray
    reformed: Mapping[str, np.ndarray]
    unmatched: Mapping[str, int]


def answer(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    plan: Plan,
    progress: Callable[[int], None] = lambda _: None,
    method: str = "auto",
) -> Answers:
    """Ask one model everything in the plan. Models may be asked one after the other, so that only one is in
    memory. progress: called with the number of requests done; method: of `likelihoods`."""
    size = len(plan.original.asked.items)
    original, _ = _right(model, tokenizer, plan.original, progress, method)
    reformed, unmatched = {}, {}
    for reform in plan.reforms:
        right, times, lost = np.zeros(size), np.zeros(size), 0
        for variant in reform.variants:
            values, missed = _right(model, tokenizer, variant, progress, method)
            np.add.at(right, list(variant.originals), values)
            np.add.at(times, list(variant.originals), 1)
            lost += missed
        reformed[reform.name] = np.where(times > 0, right / np.maximum(times, 1), np.nan)
        if any(variant.reading == "generation" for variant in reform.variants):
            unmatched[reform.name] = lost
    return Answers(original, reformed, unmatched)


def _right(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    variant: Variant,
    progress: Callable[[int], None],
    method: str,
) -> tuple[np.ndarray, int]:
    """float64 [items of the variant], and how many answers fit no option."""
    table = score(model, tokenizer, variant.asked, progress=progress, method=method).table
    if variant.reading == "likelihood":
        return np.array(table["correct"].to_pylist(), dtype=np.float64), 0
    chosen = [
        matched(text or "", item.options)
        for text, item in zip(table["answer"].to_pylist(), variant.matched, strict=True)
    ]
    right = [choice in item.gold for choice, item in zip(chosen, variant.matched, strict=True)]
    return np.array(right, dtype=np.float64), sum(choice is None for choice in chosen)
