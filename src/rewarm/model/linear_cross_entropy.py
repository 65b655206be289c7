"""Chunked linear + cross entropy that gives per-token losses and never holds all logits.

The gradient of the loss with respect to the hidden states and the head is computed while a
chunk's logits are there, in the forward pass, so that backward only scales it: no logits are
stored and none are computed twice. That needs each token's weight in the total beforehand,
which is why the sum is weighted here and not by the caller. The head's gradient is held in
fp32 between forward and backward: vocabulary x width floats, the price of a single pass.
"""

from typing import Any

import torch
from torch import Tensor


def linear_cross_entropy(
    hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor, *, chunk: int = 256
) -> tuple[Tensor, Tensor]:
    """Weighted sum of token losses, and each token's own loss from the same pass.

    hidden: float [tokens, width]; head: float [vocabulary, width]; targets: int64 [tokens];
    weights: float [tokens], the factor of each token's loss in the sum (0 leaves a token without
    loss and gradient; divide by the global token count beforehand for a mean).
    Matrix products run in `hidden`'s dtype, the softmax in fp32.
    Returns (float32 scalar, differentiable; float32 [tokens] in nats, detached and unweighted).
    Raises ValueError when the shapes disagree or `chunk` is not positive.
    """
    if chunk < 1:
        raise ValueError(f"chunk: {chunk} is not positive")
    tokens = hidden.shape[0]
    if targets.shape != (tokens,) or weights.shape != (tokens,) or head.shape[1] != hidden.shape[1]:
        raise ValueError(
            f"shapes disagree: hidden {tuple(hidden.shape)}, head {tuple(head.shape)}, "
            f"targets {tuple(targets.shape)}, weights {tuple(weights.shape)}"
        )
    result: tuple[Tensor, Tensor] = _LinearCrossEntropy.apply(  # type: ignore[no-untyped-call]
        hidden, head, targets, weights, chunk
    )
    return result


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor, chunk: int
    ) -> tuple[Tensor, Tensor]:
        tokens = hidden.shape[0]
        weights = weights.float()
        cast_head = head.to(hidden.dtype)
        nll = torch.empty(tokens, dtype=torch.float32, device=hidden.device)
        wants_hidden, wants_head = ctx.needs_input_grad[:2]
        hidden_grad = torch.empty_like(hidden) if wants_hidden else None
        head_grad = torch.zeros_like(head, dtype=torch.float32) if wants_head else None
        for start in range(0, tokens, chunk):
            part = slice(start, min(start + chunk, tokens))
            target = targets[part, None]
            logits = (hidden[part] @ cast_head.T).float()
            log_norm = logits.logsumexp(-1)
            nll[part] = log_norm - logits.gather(1, target).squeeze(1)
            if hidden_grad is None and head_grad is None:
                continue
            logit_grad = logits.sub_(log_norm[:, None]).exp_()
            logit_grad.scatter_add_(1, target, torch.full_like(target, -1, dtype=torch.float32))
            logit_grad.mul_(weights[part, None])
            # 0 x NaN is NaN: a token without loss must not poison the others, whatever it holds.
            logit_grad.masked_fill_(weights[part, None] == 0, 0.0)
            cast_grad = logit_grad.to(hidden.dtype)
            if hidden_grad is not None:
                hidden_grad[part] = cast_grad @ cast_head
            if head_grad is not None:
                context = hidden[part].masked_fill(weights[part, None] == 0, 0.0)
                head_grad += (cast_grad.T @ context).float()
        ctx.save_for_backward(hidden_grad, head_grad)
        ctx.head_dtype = head.dtype
        ctx.mark_non_differentiable(nll)
        return torch.where(weights == 0, 0.0, nll * weights).sum(), nll

    @staticmethod
    def backward(ctx: Any, loss_grad: Tensor, _nll_grad: Tensor) -> tuple[Tensor | None, ...]:
        hidden_grad, head_grad = ctx.saved_tensors
        if hidden_grad is not None:
            hidden_grad = hidden_grad * loss_grad.to(hidden_grad.dtype)
        if head_grad is not None:
            head_grad = (head_grad * loss_grad).to(ctx.head_dtype)
        return hidden_grad, head_grad, None, None, None
