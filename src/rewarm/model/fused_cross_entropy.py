"""Liger's fused linear + cross entropy behind the same function, for CUDA.

Its Triton kernel keeps a chunk's logits in bf16 and writes the gradient over them, which saves
memory traffic on a GPU. With `reduction="none"` it takes each token's factor in the backward pass
and computes that chunk again there. Needs rewarm[liger] and an NVIDIA or AMD GPU.
"""

import torch
from torch import Tensor

from rewarm.errors import RewarmError
from rewarm.model.linear_cross_entropy import Logits


def available() -> None:
    """Raises RewarmError, before anything is trained, when the kernel is not installed."""
    try:
        import liger_kernel.ops.fused_linear_cross_entropy  # noqa: F401
    except ImportError as error:
        raise RewarmError(
            f"train.loss_kernel: liger needs {error.name}; install rewarm[liger], or set it to torch"
        ) from None


def fused_cross_entropy(
    hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor, logits: Logits
) -> tuple[Tensor, Tensor]:
    """As `linear_cross_entropy`: (weighted scalar, z loss included; float32 [tokens] in nats).

    Tokens of weight 0 are given to the kernel as ignored, so what they hold reaches no gradient.
    """
    from liger_kernel.ops.fused_linear_cross_entropy import LigerFusedLinearCrossEntropyFunction

    ignored = -100
    given = torch.where(weights == 0, ignored, targets)
    scaled = hidden * logits.scale if logits.scale != 1 else hidden
    both, z_part, *_ = LigerFusedLinearCrossEntropyFunction.apply(
        scaled, head.to(hidden.dtype), given, None, None, ignored, logits.z_loss, 0.0, "none",
        logits.softcap or None, bool(logits.z_loss), torch.float32,
    )  # fmt: skip
    loss = torch.where(weights == 0, 0.0, both * weights).sum()
    nll = both.detach() - z_part.detach() if z_part is not None else both.detach()
    return loss, nll.float()
