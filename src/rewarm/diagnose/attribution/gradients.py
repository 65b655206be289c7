"""Gradients of documents, one each, projected to a few thousand numbers.

For a linear layer with inputs a_t and output gradients g_t, the gradient of a document's mean loss is the
matrix sum_t g_t a_t^T. It is never built: with random matrices A [width, inputs] and G [width, outputs],
G (sum_t g_t a_t^T) A^T = sum_t (G g_t)(A a_t)^T needs a pass over projected vectors only and keeps dot
products in expectation (LoGra, Choe et al. 2024, arXiv 2405.13954, section 3.2; TRAK, Park et al. 2023,
arXiv 2303.14186, projects the whole gradient). Each document is a row of its own, so one backward pass
gives the gradients of a whole batch. No weight needs a gradient: the pass ends at the first layer observed.
"""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from rewarm.errors import RewarmError
from rewarm.model import scoring
from rewarm.model.packed_lm import PackedLM
from rewarm.model.precision import autocast, computed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformers import PreTrainedModel

# Tokens whose logits exist at one time.
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Passage:
    """tokens: int [tokens]; weights: float [tokens], 0 where a token carries no loss."""

    tokens: np.ndarray
    weights: np.ndarray


def of_passages(
    model: "PreTrainedModel",
    passages: Sequence[Passage],
    *,
    blocks: int,
    width: int,
    seed: int = 0,
    precision: str = "bf16",
    on_progress: Callable[[int], None] = lambda _: None,
) -> Tensor:
    """Projected gradients of the mean loss of each passage.

    blocks: the last decoder layers that are observed; width: of a projection; on_progress: called with the
    number of passages done. Returns float32 [passages, linear layers, width x width] on the CPU; a passage
    without loss has zeros. Raises RewarmError for a model without linear layers in its decoder layers.
    """
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    lm = PackedLM(model, _CHUNK).eval()
    device = model.device
    chosen = lm.layers()[-blocks:]
    layers = [part for block in chosen for part in block.modules() if _linear(part)]
    if not layers:
        raise RewarmError(f"{type(model).__name__}: its decoder layers have no linear layers to observe")
    found = torch.zeros(len(passages), len(layers), width * width)
    windows = [(row, one.tokens, one.weights) for row, one in enumerate(passages) if one.weights[1:].any()]
    with _observed(chosen[0], layers, width, seed) as gradients:
        for batch in scoring.in_batches(windows):
            length = max(len(tokens) for _, tokens, _ in batch)
            ids = torch.zeros(len(batch), length, dtype=torch.int64)
            weights = torch.zeros(len(batch), length - 1)
            for row, (_, tokens, own) in enumerate(batch):
                ids[row, : len(tokens)] = torch.from_numpy(tokens.astype(np.int64))
                weights[row, : len(tokens) - 1] = torch.from_numpy(own[1:] / own[1:].sum())
            with torch.enable_grad(), autocast(device, computed_in(device, precision)):
                loss, _ = lm(ids.to(device), None, weights.to(device))
            loss.backward()
            rows = [row for row, _, _ in batch]
            for number in range(len(layers)):
                found[rows, number, : gradients[number].shape[1]] = gradients[number].cpu()
            on_progress(len(batch))
    return found


def _linear(module: torch.nn.Module) -> bool:
    # GPT-2's linear layers are transformers' Conv1D.
    return isinstance(module, torch.nn.Linear) or type(module).__name__ == "Conv1D"


@contextmanager
def _observed(
    first: torch.nn.Module, layers: Sequence[torch.nn.Module], width: int, seed: int
) -> "Iterator[dict[int, Tensor]]":
    """Hooks that keep the gradients of the last backward pass: layer → float32 [batch, numbers]."""
    found: dict[int, Tensor] = {}
    projections: dict[tuple[int, int], Tensor | None] = {}

    def projected(values: Tensor, number: int, side: int) -> Tensor:
        size, key = values.shape[-1], (number, side)
        if key not in projections:
            generator = torch.Generator().manual_seed((seed * 1000 + number) * 2 + side)
            matrix = torch.randn(size, width, generator=generator) / width**0.5
            projections[key] = matrix.to(values.device) if size > width else None
        matrix_or_none = projections[key]
        return values.float() if matrix_or_none is None else values.float() @ matrix_or_none

    def begin(
        _: torch.nn.Module, given: tuple[Any, ...], named: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        # The layers before are not part of the graph.
        if given:
            return (given[0].detach().requires_grad_(), *given[1:]), named
        return given, {**named, "hidden_states": named["hidden_states"].detach().requires_grad_()}

    def observe(number: int) -> Callable[[torch.nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(_: torch.nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
            inputs = projected(given[0].detach(), number, 0)

            def keep(gradient: Tensor) -> None:
                outputs = projected(gradient, number, 1)
                product = torch.einsum("bto,bti->boi", outputs, inputs)
                found[number] = product.flatten(1)

            output.register_hook(keep)  # type: ignore[no-untyped-call]

        return hook

    handles = [first.register_forward_pre_hook(begin, with_kwargs=True)]
    handles += [layer.register_forward_hook(observe(number)) for number, layer in enumerate(layers)]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()
