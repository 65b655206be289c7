"""A reform: the items of a task asked in another way, with a map back to the original items.

A reform has one or more variants, for example one per order of the options. An item's reformed score is the
mean over the variants that contain it; an item that a reform cannot change is left out of it and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import Item

# How an answer is read: from the likelihoods of the options, or from generated text matched to an option.
Reading = Literal["likelihood", "generation"]


@dataclass(frozen=True, slots=True)
class Variant:
    """asked: the reformed items and how they are asked; originals: position of each one's original item;
    matched: for generated answers, the items whose options the answer is matched to."""

    asked: Asked
    originals: tuple[int, ...]
    reading: Reading = "likelihood"
    matched: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Reform:
    """name: of the reform; variants: none if it does not apply; reason: why not, or ""; left_out: items that
    no variant contains."""

    name: str
    variants: tuple[Variant, ...] = ()
    reason: str = ""
    left_out: int = field(default=0)


def of_variants(name: str, variants: Sequence[Variant], items: int, reason: str) -> Reform:
    """The reform, without variants of no item. reason: what to say if none is left."""
    some = tuple(variant for variant in variants if variant.originals)
    reached = {number for variant in some for number in variant.originals}
    return Reform(name, some, "" if some else reason, items - len(reached))
