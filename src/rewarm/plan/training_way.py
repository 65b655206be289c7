"""How a model can be trained on given cards: in full, with 8-bit moments, or with adapters.

The ways of `memory.WAYS` are tried from the one that costs least to the one that costs most, each with the
layouts of `layouts.py`, until a rank fits. Parameters in host memory are left out: they fit nearly
everything, at a speed that nobody plans for.
"""

from dataclasses import dataclass
from typing import Any, Literal

from rewarm.plan import compute, layouts, memory
from rewarm.plan.accelerators import Accelerator
from rewarm.plan.layouts import ROOM, Layout
from rewarm.plan.memory import Shapes
from rewarm.recipe import Train

Kind = Literal["full", "full, 8-bit moments", "LoRA"]


@dataclass(frozen=True, slots=True)
class Way:
    """changes: of the recipe's `train`; total: bytes on one card."""

    kind: Kind
    changes: dict[str, Any]
    layout: Layout
    total: float

    @property
    def recomputes(self) -> bool:
        return self.layout.recompute or bool(self.changes.get("activation_checkpointing"))

    def words(self) -> str:
        """For the terminal: the kind, and the layout on more than one card."""
        spread = f", {self.layout.words()}" if self.layout.ranks > 1 else ""
        return f"{self.kind}{spread}"


def training_way(model: Shapes, card: Accelerator, cards: int, seq_len: int) -> Way | None:
    """The cheapest way that fits, for micro-batches of one sequence; None when none does."""
    plain = Train().model_dump()
    for changes in memory.WAYS:
        if changes.get("offload") == "parameters":
            continue
        train = Train.model_validate({**plain, **changes})
        layout = layouts.cheapest(model, train, seq_len, cards, card.cards, card.memory * 1e9 * ROOM)
        if layout is not None:
            kind: Kind = "full"
            if "lora" in changes:
                kind = "LoRA"
            elif changes.get("optimizer") == "adamw_8bit":
                kind = "full, 8-bit moments"
            return Way(kind, changes, layout, layouts.per_rank(model, train, seq_len, layout).total)
    return None


def days(model: Shapes, way: Way, tokens: float, card: Accelerator, cards: int, seq_len: int) -> float:
    """Days of training on `tokens`. LoRA saves the gradients of the frozen weights, a third of the work
    (Kaplan et al. 2020 count 2 of 6 operations for them)."""
    once = compute.work(model, seq_len, "full" if way.recomputes else "none")
    share = (once.done - once.model / 3) / once.done if way.kind == "LoRA" else 1.0
    return share * tokens / compute.tokens_per_second(once, card, cards) / 86400
