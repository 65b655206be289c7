"""A causal language model with its loss head inside one forward pass.

FSDP2 gathers a module's sharded weights when its forward is called, so the head's weight may only
be used inside the root's forward. With tied embeddings anything else mixes sharded and whole
tensors.
"""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from rewarm.model.causal_lm import Kernel, token_losses

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class PackedLM(torch.nn.Module):
    """`model` of transformers, called with packed sequences; gives losses and never logits."""

    def __init__(
        self, model: "PreTrainedModel", chunk: int, *, z_loss: float = 0.0, kernel: Kernel = "torch"
    ) -> None:
        super().__init__()
        self.model = model
        self.chunk = chunk
        self.z_loss = z_loss
        self.kernel = kernel

    def forward(self, tokens: Tensor, positions: Tensor | None, weights: Tensor) -> tuple[Tensor, Tensor]:
        """As `token_losses`: (weighted loss, float32 [batch x (length - 1)] in nats)."""
        return token_losses(
            self.model, tokens, positions, weights, chunk=self.chunk, z_loss=self.z_loss, kernel=self.kernel
        )

    def layers(self) -> list[torch.nn.Module]:
        """The decoder layers, the unit of sharding and recomputing."""
        names = set(self.model._no_split_modules or [])
        return [module for module in self.model.modules() if type(module).__name__ in names]
