"""One model's losses on the texts of a plan, in bits per byte."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import log
from typing import TYPE_CHECKING

import numpy as np

from rewarm.evaluate.leaks.plan import Plan
from rewarm.evaluate.score import encoding
from rewarm.evaluate.score.likelihood import likelihoods
from rewarm.evaluate.tasks.prompt import Request

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Losses:
    """Bits per byte. orders: per item float64 [orders], empty where it has none; whole, retemplated: float64
    [items]; twins: float64 [twins]; reworded: float64 [items with a paraphrase]."""

    orders: list[np.ndarray]
    whole: np.ndarray
    retemplated: np.ndarray
    twins: np.ndarray
    reworded: np.ndarray = field(default_factory=lambda: np.empty(0))


def measure(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    plan: Plan,
    progress: Callable[[int], None] = lambda _: None,
    method: str = "auto",
) -> Losses:
    """Score the plan with one model. progress: called with the number of texts done; method: of
    `likelihoods`."""
    parts = [
        [request for requests in plan.orders for request in requests],
        plan.whole,
        plan.retemplated,
        plan.twins,
        plan.reworded,
    ]
    bits = bits_per_byte(model, tokenizer, [request for part in parts for request in part], progress, method)
    orders, *rest = np.split(bits, np.cumsum([len(part) for part in parts[:-1]]))
    ends = np.cumsum([len(requests) for requests in plan.orders])
    return Losses(np.split(orders, ends[:-1]) if len(ends) else [], *rest)


def bits_per_byte(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    requests: Sequence[Request],
    progress: Callable[[int], None] = lambda _: None,
    method: str = "auto",
) -> np.ndarray:
    """float64 [requests]: loss of each continuation over its UTF-8 bytes."""
    encoded = encoding.encode(requests, tokenizer, encoding.longest_of(model))
    nats = likelihoods(model, encoded, progress=progress, method=method).nats
    size = np.array([len(request.continuation.encode()) for request in requests], dtype=np.float64)
    bits: np.ndarray = nats / (np.maximum(size, 1) * log(2))
    return bits
