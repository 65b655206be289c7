"""Memory per rank of each way to spread a model over cards, and the cheapest that fits.

FSDP2 shards weights, gradients and moments over `shards` ranks (ZeRO-3, Rajbhandari et al. 2020, 1910.02054);
what is computed with is gathered: the tables for the whole step, one layer and the next. HSDP has `replicas`
of such groups, so that gathering stays inside a machine. Tensor parallelism splits each matrix over `tensor`
neighbours; of the activations it splits those between the two matrices of a block, 24 of 34 parts
(Korthikanti et al. 2022, 2205.05198, equation 2).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rewarm.plan import memory
from rewarm.plan.memory import HALF, SLACK, WEIGHT, Shapes
from rewarm.recipe import Train

# What a driver, its libraries and the communication buffers of a rank hold.
RESERVED = 1.5e9
# Share of a card's memory that a plan may use: estimates are within about 15 %.
ROOM = 0.87


@dataclass(frozen=True, slots=True)
class Layout:
    """shards x replicas x tensor ranks; recompute: whether layers are computed twice."""

    shards: int
    replicas: int = 1
    tensor: int = 1
    recompute: bool = False

    @property
    def ranks(self) -> int:
        return self.shards * self.replicas * self.tensor

    def words(self) -> str:
        """As the recipe says it."""
        parts = [f"FSDP over {self.shards}"] if self.shards > 1 else ["one full copy a card"]
        if self.replicas > 1:
            parts.append(f"replicas: {self.replicas}")
        if self.tensor > 1:
            parts.append(f"tensor: {self.tensor}")
        if self.recompute:
            parts.append("activation_checkpointing: true")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Rank:
    """Bytes on one card by purpose. gathered: copies of sharded weights and their gradients in use;
    accumulated: whole gradients that are kept between micro-batches."""

    weights: float
    gradients: float
    moments: float
    gathered: float
    accumulated: float
    activations: float
    reserved: float = RESERVED

    @property
    def total(self) -> float:
        """Bytes, a tenth for fragmentation included."""
        parts = self.weights + self.gradients + self.moments + self.gathered + self.accumulated
        return SLACK * (parts + self.activations) + self.reserved


def per_rank(model: Shapes, train: Train, tokens: int, layout: Layout) -> Rank:
    """What one rank takes. tokens: of one micro-batch, micro_batch x seq_len."""
    asked = train.model_copy(
        update={"activation_checkpointing": train.activation_checkpointing or layout.recompute}
    )
    whole = memory.need(model, asked, tokens)
    split = layout.shards * layout.tensor
    in_use, kept = 0.0, 0.0
    if layout.shards > 1:
        layer = (model.parameters - model.tables) / model.layers
        size = HALF if train.parallel.gather_bf16 else WEIGHT
        gradients = whole.trained / model.parameters * (model.tables + layer)
        in_use = (size * (model.tables + 2 * layer) + size * gradients) / layout.tensor
        if train.parallel.defer_reduction:
            kept = WEIGHT * whole.trained / layout.tensor
    activations = whole.activations * (10 + 24 / layout.tensor) / 34
    return Rank(
        whole.weights / split, whole.gradients / split, whole.moments / split, in_use, kept, activations
    )


def layouts(cards: int, machine: int, tensors: bool = True) -> Iterator[Layout]:
    """All layouts of so many cards, the one with the least communication and recomputation first.

    machine: cards of one machine. Replicas cost one reduction an update, shards inside a machine fast
    gathers, shards over machines slow ones, recomputation a third more time, tensor parallelism a
    reduction in every layer.
    """
    inside = min(machine, cards)
    for tensor in (1, *(two for two in (2, 4, 8) if tensors and two <= inside and cards % two == 0)):
        groups = cards // tensor
        near = max(1, inside // tensor)
        sizes = (
            [1] if groups == 1 else [1, *([near] if 1 < near < groups and not groups % near else []), groups]
        )
        for recompute in (False, True):
            for shards in sizes:
                yield Layout(shards, groups // shards, tensor, recompute)


def cheapest(
    model: Shapes, train: Train, tokens: int, cards: int, machine: int, room: float
) -> Layout | None:
    """The first of `layouts` whose rank fits into `room` bytes, or None."""
    for layout in layouts(cards, machine):
        if per_rank(model, train, tokens, layout).total <= room:
            return layout
    return None
