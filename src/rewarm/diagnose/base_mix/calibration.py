"""How often a model predicts each token beyond how often the token occurs: the gradient of a bias per token.

For a bias added to the logits, the gradient of a passage's mean loss is the mean predicted distribution minus
the frequencies of the targets. The vocabulary is folded into some thousand buckets with random signs, which
keeps products of such gradients on average (count sketch, Charikar et al. 2002).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from rewarm.diagnose.attribution.gradients import Passage
from rewarm.model.precision import autocast, computed_in

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@torch.no_grad()
def of_passages(
    model: "PreTrainedModel",
    passages: Sequence[Passage],
    *,
    buckets: int = 8192,
    precision: str = "bf16",
    on_progress: Callable[[int], None] = lambda _: None,
) -> tuple[Tensor, Tensor]:
    """Predicted minus actual frequencies of each passage, and its mean loss in nats per token.

    on_progress: called with the number of passages done. Returns float32 [passages, buckets] and [passages]
    on the CPU; a vocabulary of at most `buckets` tokens is not folded.
    """
    device = model.device
    model.eval()
    found: list[Tensor] = []
    losses = torch.zeros(len(passages))
    for row, one in enumerate(passages):
        tokens = torch.from_numpy(one.tokens.astype("int64")).to(device)
        weights = torch.from_numpy(one.weights[1:].astype("float32")).to(device)
        weights = weights / weights.sum()
        with autocast(device, computed_in(device, precision)):
            logits = model(input_ids=tokens[None], use_cache=False).logits[0, :-1]
        logged = logits.float().log_softmax(-1)
        losses[row] = -(logged.gather(1, tokens[1:, None])[:, 0] * weights).sum()
        surplus = weights @ logged.exp()
        surplus.index_add_(0, tokens[1:], -weights)
        found.append(_folded(surplus, buckets).cpu())
        on_progress(1)
    return torch.stack(found), losses


def _folded(values: Tensor, buckets: int) -> Tensor:
    """values: float32 [vocabulary]."""
    if len(values) <= buckets:
        return values
    generator = torch.Generator().manual_seed(0)
    bucket = torch.randint(buckets, (len(values),), generator=generator).to(values.device)
    sign = (torch.randint(2, (len(values),), generator=generator) * 2 - 1).to(values)
    return torch.zeros(buckets, device=values.device).index_add_(0, bucket, values * sign)
