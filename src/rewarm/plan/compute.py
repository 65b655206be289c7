"""Operations of training, and time from them.

A forward pass costs 2 operations per weight and token, a backward pass twice as much (Kaplan et al. 2020,
2001.08361, section 2.1): 6 per weight of every matrix that a token passes. The table of embeddings is looked
up, not multiplied. Attention within a sequence adds 12 x layers x width x length, of which a causal kernel
computes half; documents of a pack are isolated, so their own mean length counts, not the sequence's.
Recomputing layers in the backward pass repeats the forward pass.
"""

from dataclasses import dataclass
from typing import Literal

from rewarm.plan.accelerators import Accelerator
from rewarm.plan.memory import Shapes

Recompute = Literal["none", "selective", "full"]
# Share of the forward pass that is repeated: torchtitan's selective modes recompute every second layer, or
# every second matrix product.
_REPEATED: dict[Recompute, float] = {"none": 0.0, "selective": 0.5, "full": 1.0}


@dataclass(frozen=True, slots=True)
class Work:
    """Operations per token. model: forward and backward; done: with what is recomputed."""

    model: float
    done: float


def work(model: Shapes, attended: int, recompute: Recompute = "none") -> Work:
    """Operations of one training token. attended: tokens of the sequence in which a token attends, `seq_len`
    where documents fill it."""
    weights = model.parameters - lookup(model)
    once = 6 * weights + 6 * model.layers * model.width * attended
    return Work(once, once * (1 + _REPEATED[recompute] / 3))


def lookup(model: Shapes) -> int:
    """Weights that are looked up and not multiplied: the embedding, unless the head shares it."""
    table = model.vocabulary * model.width
    return table if model.tables > 1.5 * table else 0


def tokens_per_second(
    work: Work, card: Accelerator, cards: int = 1, efficiency: float | None = None
) -> float:
    """Training tokens per second of all cards. efficiency: None for the table's."""
    share = card.efficiency if efficiency is None else efficiency
    return cards * card.tflops * 1e12 * share / work.done
