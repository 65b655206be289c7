"""A causal language model of transformers, run so that packed documents don't see each other.

Position ids restart at every document, and `use_cache=False` lets transformers isolate documents
by them; with its default they leak. `model/attention` does so without dense masks. The inner model gives
hidden states, and the loss head of `linear_cross_entropy` does the rest. All of it is checked on the
very model at the start, since an architecture may treat positions or logits in its own way.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from rewarm.errors import RewarmError
from rewarm.model import pretrained
from rewarm.model.fused_cross_entropy import fused_cross_entropy
from rewarm.model.linear_cross_entropy import Logits, linear_cross_entropy

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

Kernel = Literal["torch", "liger"]
Forward = Callable[[Tensor, Tensor | None, Tensor], tuple[Tensor, Tensor]]


def device_of(name: str) -> torch.device:
    """`auto` takes a GPU where there is one. Raises RewarmError for a GPU that is not there."""
    if name == "cuda" and not torch.cuda.is_available():
        raise RewarmError(
            "train.device: cuda is asked for and torch sees no GPU; `rewarm doctor` shows devices"
        )
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def load(path: Path, device: torch.device) -> "PreTrainedModel":
    """The model in fp32 on the device. Raises RewarmError as `pretrained.model_of` does."""
    config = pretrained.config_of(path)
    _without_dropout(config.get_text_config())
    return pretrained.model_of(path, config).to(device)


def untrained(path: Path, device: torch.device) -> "PreTrainedModel":
    """A model of the folder's config.json with random weights, in fp32 on the device.

    Time and memory do not depend on the values of weights, so they are not read. Raises RewarmError for an
    architecture that transformers does not know.
    """
    from transformers import AutoModelForCausalLM

    config = pretrained.config_of(path)
    _without_dropout(config.get_text_config())
    with device:
        return AutoModelForCausalLM.from_config(config, dtype=torch.float32)


def recompute_layers(model: "PreTrainedModel") -> None:
    """Recompute each layer in the backward pass instead of keeping its activations."""
    # The name in transformers since 5.23; the older one is deprecated there.
    name = "activation_checkpointing_enable"
    getattr(model, name if hasattr(model, name) else "gradient_checkpointing_enable")(
        {"use_reentrant": False}
    )


def _without_dropout(config: "PreTrainedConfig") -> None:
    """Set every dropout to 0: else a recomputed update is another, and ranks and micro-batches change it.

    Large models are pre-trained without; of those here GPT-2, OPT and GPTBigCode come with 0.1.
    """
    for name, value in list(vars(config).items()):
        if "drop" in name and isinstance(value, float):
            setattr(config, name, 0.0)


def logits_of(model: "PreTrainedModel", z_loss: float = 0.0) -> Logits:
    """What this architecture does to its logits, as its configuration names it."""
    config = model.config.get_text_config()
    divisor = getattr(config, "logits_scaling", None) or 1.0
    return Logits(
        scale=float(getattr(config, "logit_scale", None) or 1.0) / float(divisor),
        softcap=float(getattr(config, "final_logit_softcapping", None) or 0.0),
        z_loss=z_loss,
    )


def token_losses(
    model: "PreTrainedModel",
    tokens: Tensor,
    positions: Tensor | None,
    weights: Tensor,
    *,
    chunk: int,
    z_loss: float = 0.0,
    kernel: Kernel = "torch",
) -> tuple[Tensor, Tensor]:
    """Weighted loss and each target's own loss of a batch of sequences.

    tokens: int64 [batch, length]; positions: int64 [batch, length], restarting at each document,
    or None for one document a row; weights: float [batch, length - 1], of the targets.
    Returns (scalar, the z loss included; float32 [batch x (length - 1)], cross entropy in nats).
    """
    inner = model.base_model
    hidden = inner(input_ids=tokens, position_ids=positions, use_cache=False).last_hidden_state
    hidden = hidden[:, :-1].reshape(-1, hidden.shape[-1])
    head = model.get_output_embeddings().weight
    if torch.is_autocast_enabled(hidden.device.type):
        hidden = hidden.to(torch.get_autocast_dtype(hidden.device.type))
    targets, factors = tokens[:, 1:].reshape(-1), weights.reshape(-1)
    how = logits_of(model, z_loss)
    if kernel == "liger":
        return fused_cross_entropy(hidden, head, targets, factors, how)
    return linear_cross_entropy(hidden, head, targets, factors, chunk=chunk, logits=how)


@torch.no_grad()
def loss_difference(model: "PreTrainedModel", tokens: Tensor) -> float:
    """Largest difference in nats between a token's loss here and by the model's own logits (`_apart`).

    tokens: int64 [1, length], one document. Scale and cap of the logits are those that the configuration
    names (`logits_of`); what else an architecture does behind its head shows here. `rewarm doctor` and
    `verify` share this check.
    """
    logits = model(input_ids=tokens, use_cache=False).logits.float()
    own = torch.nn.functional.cross_entropy(logits[0, :-1], tokens[0, 1:], reduction="none")
    weights = torch.ones(1, tokens.shape[1] - 1, device=tokens.device)
    return _apart(token_losses(model, tokens, None, weights, chunk=8)[1], own)


@torch.no_grad()
def verify(model: "PreTrainedModel", tolerance: float = 1e-3, rows: int = 2) -> None:
    """Check on the model itself that the loss head is its own and that packed documents are isolated.

    tolerance: nats that a token's loss may differ by; weights in 16 bits need more. rows: of the batches
    that it will be given; one is asked for its own sake, more than one as two.
    Raises RewarmError with the difference seen.
    """
    device = next(model.parameters()).device
    size = min(model.config.get_text_config().vocab_size, 1000)
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randint(size, (2, 1, 12), generator=generator).to(device)
    was_training = model.training
    model.eval()
    difference = loss_difference(model, first)
    apart = leak(lambda *parts: token_losses(model, *parts, chunk=8), first, second, rows)
    model.train(was_training)
    name = type(model).__name__
    if difference > tolerance:
        raise RewarmError(
            f"{name}: its logits are not hidden x head (largest loss difference {difference:.3g}), nor by a "
            "scale or cap that its configuration names; not supported"
        )
    if apart > tolerance:
        raise RewarmError(
            f"{name}: packed documents see each other (loss differs by {apart:.3g} from the document alone); "
            "it does not isolate documents by position ids and cannot be trained on packed sequences"
        )


@torch.no_grad()
def leak(forward: Forward, first: Tensor, second: Tensor, rows: int = 2) -> float:
    """Nats by which a token's loss in `second` differs when it is packed behind `first`, and alone.

    forward: (tokens, positions, weights) → (loss, token losses); first, second: int64 [1, tokens] of one
    length. rows: as of `verify`.
    """
    length = first.shape[1]
    ones = torch.ones(1, 2 * length - 1, device=first.device)
    alone = forward(second, None, ones[:, : length - 1])[1]
    packed = torch.cat([first, second], dim=1)
    positions = torch.arange(length, device=first.device).repeat(2)[None]
    # One row, and two: flash attention tells documents apart by positions in a batch of one row only.
    together = [
        forward(packed.repeat(many, 1), positions.repeat(many, 1), ones.repeat(many, 1))[1]
        for many in range(1, min(rows, 2) + 1)
    ]
    return max(_apart(losses[1 - length :], alone) for losses in together)


def _apart(losses: Tensor, expected: Tensor) -> float:
    """Largest difference in nats; above 20 nats per token as a share of them, in units of 20 nats.

    A model that diverged costs thousands of nats per token, where rounding alone exceeds any fixed limit.
    """
    return float(((losses - expected).abs() / (expected.abs() / 20).clamp(min=1)).max())
