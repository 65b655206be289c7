"""Supporting evidence: published detectors, each against the twins, with its power. It decides nothing.

On sets that differ from their partner in date, style or language these statistics raise false alarms, and
against fair twins they are weaker than the loss itself. They are given where the twins are a fair partner;
otherwise the reason is given instead of a number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from rewarm.evaluate.leaks import completion, in_context, min_k, permutation, power
from rewarm.evaluate.leaks.losses import Losses, bits_per_byte
from rewarm.evaluate.leaks.plan import Plan

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

NAMES = ("min_k", "in_context", "completion")


@dataclass(frozen=True, slots=True)
class Supporting:
    """excess: mean change (result minus base) of the items minus that of the partner, towards a leak; p: of
    the permutation test; power: against twins of a shift by one standard deviation in half of the items,
    against paraphrases of a loss lower by `power.PLANTED` in half of them."""

    name: str
    excess: float = nan
    p: float = 1.0
    power: float = 0.0
    reason: str = ""


def measure(
    model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", plan: Plan, seed: int = 0
) -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
    """By name the scores of items and twins under one model, higher for a leak."""
    cut = len(plan.items)
    texts = [*plan.whole, *plan.twins]
    rng = np.random.default_rng([seed, 6])
    behind = [*in_context.requests(plan.whole, rng), *in_context.requests(plan.twins, rng)]
    context = bits_per_byte(model, tokenizer, behind) - bits_per_byte(model, tokenizer, texts)
    found = {
        "min_k": min_k.scores(model, tokenizer, texts),
        "in_context": context,
        "completion": completion.scores(model, tokenizer, [*plan.items, *plan.fresh]),
    }
    return {name: (values[:cut], values[cut:]) for name, values in found.items()}


def compare(
    base: Mapping[str, tuple[np.ndarray, np.ndarray]],
    result: Mapping[str, tuple[np.ndarray, np.ndarray]],
    reason: str,
    level: float,
    seed: int = 0,
) -> tuple[Supporting, ...]:
    """The statistics of both models. reason: why the twins are no partner, or ""."""
    if reason:
        return tuple(Supporting(name, reason=reason) for name in NAMES)
    rows = []
    for number, name in enumerate(NAMES):
        # The tests look for lower values.
        own, twins = (before - after for before, after in zip(base[name], result[name], strict=True))
        rng = np.random.default_rng([seed, 7, number])
        test = permutation.two_samples(own, twins, rng)
        found = power.of_shift(own, twins, level, rng)
        rows.append(Supporting(name, test.excess, test.p, found))
    return tuple(rows)


def paraphrases(
    plan: Plan, base: Losses, result: Losses, level: float, seed: int = 0
) -> tuple[Supporting, ...]:
    """Whether the loss of the published wording fell by more than that of its paraphrase.

    One row, or none without paraphrases. It decides nothing: the two are not exchangeable, since a language
    model writes more evenly than the author of a benchmark.
    """
    if not plan.reworded:
        return ()
    rows = [request.item for request in plan.reworded]
    pairs = np.stack([(result.whole - base.whole)[rows], result.reworded - base.reworded], axis=1)
    rng = np.random.default_rng([seed, 8])
    test = permutation.within_items(list(pairs), rng)
    found = power.within_items(list(pairs), base.whole[rows], level, rng)
    return (Supporting("paraphrase", test.excess, test.p, found.at_planted),)
