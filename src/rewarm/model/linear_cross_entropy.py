"""Chunked linear + cross entropy that gives per-token losses and never holds all logits.

The gradient of the loss with respect to the hidden states and the head is computed while a
chunk's logits are there, in the forward pass, so that backward only scales it: no logits are
stored and none are computed twice. That needs each token's weight in the total beforehand,
which is why the sum is weighted here and not by the caller. The head's gradient is held in
fp32 between forward and backward: vocabulary x width floats, the price of a single pass.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Logits:
    """What happens between hidden x head and the softmax, and the auxiliary loss on its norm.

    scale: factor on the product (Cohere, Granite); softcap: logits become cap x tanh(logits / cap)
    (Gemma 2, arXiv 2408.00118, section 2); 0 for none. z_loss: coefficient of log^2 Z, which keeps
    the softmax's normaliser near one (PaLM, arXiv 2204.02311, section 5: 1e-4).
    """

    scale: float = 1.0
    softcap: float = 0.0
    z_loss: float = 0.0


PLAIN = Logits()
_SLICE = 8192


def linear_cross_entropy(
    hidden: Tensor,
    head: Tensor,
    targets: Tensor,
    weights: Tensor,
    *,
    chunk: int = 256,
    logits: Logits = PLAIN,
) -> tuple[Tensor, Tensor]:
    """Weighted sum of token losses, and each token's own loss from the same pass.

    hidden: float [tokens, width]; head: float [vocabulary, width]; targets: int64 [tokens];
    weights: float [tokens], the factor of each token's loss in the sum (0 leaves a token without
    loss and gradient; divide by the global token count beforehand for a mean).
    Matrix products run in `hidden`'s dtype, the softmax in fp32.
    Returns (float32 scalar, differentiable, the z loss included; float32 [tokens], the cross entropy
    in nats, detached and unweighted).
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
        hidden, head, targets, weights, chunk, logits
    )
    return result


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor, chunk: int, how: Logits
    ) -> tuple[Tensor, Tensor]:
        tokens = hidden.shape[0]
        weights = weights.float()
        cast_head = head.to(hidden.dtype)
        nll = torch.empty(tokens, dtype=torch.float32, device=hidden.device)
        norms = torch.empty_like(nll)
        wants_hidden, wants_head = ctx.needs_input_grad[:2]
        hidden_grad = torch.empty_like(hidden) if wants_hidden else None
        head_grad = torch.zeros_like(head, dtype=torch.float32) if wants_head else None
        for start in range(0, tokens, chunk):
            part = slice(start, min(start + chunk, tokens))
            target, weight = targets[part, None], weights[part, None]
            logits, slope = _logits(hidden[part] @ cast_head.T, how, wants_hidden or wants_head)
            own = logits.gather(1, target)
            # In place, a pass each: exp of what lies below the largest, its sum, the gradient. logsumexp
            # would take a copy of the logits and the exponentials twice.
            largest = logits.amax(-1, keepdim=True)
            total = logits.sub_(largest).exp_().sum(-1, keepdim=True)
            log_norm = total.log() + largest
            norms[part] = log_norm.squeeze(1)
            nll[part] = (log_norm - own).squeeze(1)
            if hidden_grad is None and head_grad is None:
                continue
            pull = (1 + 2 * how.z_loss * log_norm) if how.z_loss else 1
            logit_grad = logits.mul_(pull / total)
            logit_grad.scatter_add_(1, target, torch.full_like(target, -1, dtype=torch.float32))
            if slope is not None:
                logit_grad.mul_(slope)
            logit_grad.mul_(weight * how.scale)
            # 0 x NaN is NaN: a token without loss must not poison the others, whatever it holds.
            cast_grad = logit_grad.masked_fill_(weight == 0, 0.0).to(hidden.dtype)
            del logits, logit_grad, slope
            if hidden_grad is not None:
                hidden_grad[part] = cast_grad @ cast_head
            if head_grad is not None:
                context = hidden[part].masked_fill(weight == 0, 0.0)
                # Slices of the vocabulary: adding mixed dtypes takes an fp32 copy of what is added.
                for rows in range(0, len(head_grad), _SLICE):
                    head_grad[rows : rows + _SLICE] += cast_grad[:, rows : rows + _SLICE].T @ context
        # Not as saved tensors: autograd takes a gradient over without a copy when nothing else holds it.
        ctx.grads = (hidden_grad, head_grad)
        ctx.head_dtype = head.dtype
        ctx.mark_non_differentiable(nll)
        each = nll + how.z_loss * norms.square() if how.z_loss else nll
        return torch.where(weights == 0, 0.0, each * weights).sum(), nll

    @staticmethod
    def backward(ctx: Any, loss_grad: Tensor, _nll_grad: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.grads is None:
            raise RuntimeError("linear_cross_entropy gives its gradient once; compute the loss again")
        (hidden_grad, head_grad), ctx.grads = ctx.grads, None
        if hidden_grad is not None:
            hidden_grad.mul_(loss_grad)
        if head_grad is not None:
            head_grad = head_grad.mul_(loss_grad).to(ctx.head_dtype)
        return hidden_grad, head_grad, None, None, None, None


def _logits(product: Tensor, how: Logits, wants_slope: bool) -> tuple[Tensor, Tensor | None]:
    """fp32 logits as the softmax sees them, and their derivative by the scaled product under a cap."""
    logits = product.float()
    if how.scale != 1:
        logits.mul_(how.scale)
    if not how.softcap:
        return logits, None
    logits.div_(how.softcap).tanh_()
    slope = 1 - logits.square() if wants_slope else None
    return logits.mul_(how.softcap), slope
