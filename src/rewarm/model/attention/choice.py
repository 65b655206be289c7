"""Which attention path a model takes: the first that is available and passes a check on the model itself.

The check packs two documents and compares each token's loss with the document alone, and with the
dense path. Nothing is trusted because of a version or an architecture's name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import torch
from torch import Tensor

from rewarm.errors import RewarmError
from rewarm.model import causal_lm
from rewarm.model.attention import each_document, flex, interface, variable_length
from rewarm.model.attention.documents import Unsupported
from rewarm.model.precision import autocast

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Path = Literal["flash", "varlen", "flex", "documents", "dense"]
PATHS: tuple[Path, ...] = get_args(Path)
_KERNELS: dict[str, interface.Kernel] = {
    "flash": variable_length.flash,
    "varlen": variable_length.varlen,
    "flex": flex.flex,
    "documents": each_document.each_document,
}
_WHY: dict[Path, str] = {
    "flash": "flash-attn's variable-length kernel",
    "varlen": "PyTorch's variable-length kernel",
    "flex": "FlexAttention with a block mask",
    "documents": "each document by itself",
    "dense": "transformers' dense masks: time and memory grow with the square of the sequence length",
}
# Nats that a token's loss may differ by. Rounding in bf16 alone moves one of SmolLM2's by 0.15, a leak by 1
# to 2; so whatever can be computed in fp32 is checked in fp32.
TOLERANCE = {"fp32": 1e-3, "bf16": 0.3}
_BF16_ONLY = ("flash", "varlen")


@dataclass(frozen=True)
class Choice:
    """path: that of the model; skipped: paths before it in the order, with the reason."""

    path: Path
    skipped: tuple[tuple[Path, str], ...] = ()

    def __str__(self) -> str:
        without = "".join(f"; not {path}: {why}" for path, why in self.skipped)
        return f"{self.path}: {_WHY[self.path]}{without}"


def use(model: "PreTrainedModel", path: Path) -> None:
    """Set the path of a model of transformers, unchecked.

    Raises Unsupported for a model that does not call attention through transformers' interface.
    """
    config = model.config.get_text_config()
    if path == "dense":
        if str(config._attn_implementation).startswith(interface.PREFIX):
            model.set_attn_implementation(model.get_correct_attn_implementation(None))
        return
    if not model._can_set_attn_implementation():
        raise Unsupported("attention code that is the architecture's own")
    model.set_attn_implementation(interface.register(path, _KERNELS[path]))


def choose(
    model: "PreTrainedModel",
    wanted: Path | Literal["auto"],
    device: torch.device,
    precision: str,
    *,
    rows: int = 2,
) -> Choice:
    """Set `model`, which lies on `device`, to the wanted path or the first of `auto` that it passes.

    precision: that of training, fp32 or bf16; paths that compute in fp32 too are checked in fp32. rows: of a
    batch.
    Raises RewarmError when the wanted path is not available, or no path isolates documents.
    """
    order = _order(device) if wanted == "auto" else (wanted,)
    skipped: list[tuple[Path, str]] = []
    for path in order:
        if path == "dense":
            use(model, path)
            checked_in = _checked_in(model, path, precision)
            with autocast(device, checked_in):
                causal_lm.verify(model, TOLERANCE[checked_in], rows)
            return Choice(path, tuple(skipped))
        why = unavailable(path, device, precision) or _fault(model, path, device, precision, rows)
        if why is None:
            return Choice(path, tuple(skipped))
        skipped.append((path, why))
    use(model, "dense")
    raise RewarmError(f"train.attention: {order[0]}: {skipped[0][1]}. Set it to auto")


def take(
    model: "PreTrainedModel", wanted: Path | Literal["auto"], device: torch.device, precision: str
) -> Choice:
    """As `choose`, without the check: for weights on another device. `checked` follows when they can be run.

    Raises RewarmError when the wanted path cannot run here.
    """
    skipped: list[tuple[Path, str]] = []
    for path in _order(device) if wanted == "auto" else (wanted,):
        why = None if path == "dense" else unavailable(path, device, precision)
        try:
            use(model, path)
        except Unsupported as error:
            why = why or f"it does not compute {error}"
        if why is None:
            return Choice(path, tuple(skipped))
        skipped.append((path, why))
    raise RewarmError(f"train.attention: {skipped[0][0]}: {skipped[0][1]}. Set it to auto")


def checked(
    choice: Choice, forward: causal_lm.Forward, vocabulary: int, device: torch.device, precision: str
) -> None:
    """Raises RewarmError when losses through `forward` differ between packed documents and single ones."""
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randint(min(vocabulary, 1000), (2, 1, 12), generator=generator).to(device)
    with autocast(device, precision):
        apart = causal_lm.leak(forward, first, second)
    if not apart <= TOLERANCE[precision]:
        raise RewarmError(
            f"train.attention: {choice.path}: packed documents see each other (a loss differs by "
            f"{apart:.3g}); set it to dense"
        )


def unavailable(path: Path, device: torch.device, precision: str) -> str | None:
    """Why a path is not available on this machine, or None."""
    if path in ("flash", "varlen", "flex") and device.type != "cuda":
        return "needs a GPU"
    if path in _BF16_ONLY and precision != "bf16":
        return "needs train.precision: bf16"
    functions: dict[str, tuple[Callable[[], Any], str]] = {
        "flash": (variable_length.flash_function, "flash-attn is not installed"),
        "varlen": (variable_length.varlen_function, f"PyTorch {torch.__version__} has no varlen_attn"),
    }
    if path in functions:
        find, missing = functions[path]
        try:
            find()
        except ImportError:
            return missing
    return None


def _order(device: torch.device) -> tuple[Path, ...]:
    return PATHS if device.type == "cuda" else ("documents", "dense")


def _checked_in(model: "PreTrainedModel", path: Path, precision: str) -> str:
    """fp32, except for kernels and weights that are of 16 bits only."""
    narrow = path in _BF16_ONLY or any(weight.dtype.itemsize < 4 for weight in model.parameters())
    return precision if narrow else "fp32"


def _fault(
    model: "PreTrainedModel", path: Path, device: torch.device, precision: str, rows: int
) -> str | None:
    """Why the path cannot be used for this model, or None; the model is left set to it."""
    precision = _checked_in(model, path, precision)
    tolerance = TOLERANCE[precision]
    try:
        use(model, "dense")
        expected = _losses(model, device, precision)
        use(model, path)
        losses = _losses(model, device, precision)
        if not (difference := float((losses - expected).abs().max())) <= tolerance:
            return f"its losses differ from the dense path by {difference:.3g} nats"
        with autocast(device, precision):
            causal_lm.verify(model, tolerance, rows)
    except torch.OutOfMemoryError:
        raise
    except Unsupported as error:
        return f"it does not compute {error}"
    except Exception as error:  # kernels reject shapes and GPUs with various exceptions
        return str(error).strip().split("\n")[0] or type(error).__name__
    return None


@torch.no_grad()
def _losses(model: "PreTrainedModel", device: torch.device, precision: str) -> Tensor:
    """float32 [23], the losses of one made-up document."""
    size = min(model.config.get_text_config().vocab_size, 1000)
    tokens = torch.randint(size, (1, 24), generator=torch.Generator().manual_seed(1)).to(device)
    was_training = model.training
    model.eval()
    with autocast(device, precision):
        losses = causal_lm.token_losses(model, tokens, None, torch.ones(1, 23, device=device), chunk=8)[1]
    model.train(was_training)
    return losses
