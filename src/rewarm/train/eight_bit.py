"""AdamW with moments of one byte: 2 bytes a parameter instead of 8.

Block-wise dynamic quantisation (Dettmers et al. 2021, 2110.02861): 256 numbers share a scale, and the
codes are dense near zero. The update is the kernel of bitsandbytes, on CUDA and on the CPU; the
optimizer around it is ours, for two reasons. Blocks lie within rows of a matrix, padded to whole
blocks, so that codes and scales are cut by rows as FSDP2 cuts the weights, and a checkpoint of two
ranks can be read by one. And embeddings and head keep fp32 moments, as that paper's section 2.3 asks,
like norms, biases and matrices narrower than a block.

torchao has the same in tensor subclasses; it compiles for half a minute on first use, and needs a
compiler for it.
"""

import logging
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rewarm.errors import RewarmError

# On a CPU it warns about 4-bit products, which are not used here, also when peft imports it.
logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)

BLOCK = 256
SMALLEST = 4096  # weights; below, the fp32 moments cost nothing


class AdamW8bit(torch.optim.AdamW):
    """As torch.optim.AdamW. A group with `embeddings: True` keeps fp32 moments.

    State of an 8-bit matrix [rows, columns], columns padded to blocks: exp_avg and exp_avg_sq, uint8
    codes [rows, padded]; exp_avg_scale and exp_avg_sq_scale, float [rows, padded / 256]; step.
    Raises RewarmError without bitsandbytes.
    """

    def __init__(self, groups: list[dict[str, Any]], **how: float | tuple[float, float] | bool) -> None:
        self._kernel, self._codes = _kernel(), [_code_book(signed) for signed in (True, False)]
        super().__init__(groups, **how)  # type: ignore[arg-type]

    def begin(self, parameter: Tensor, group: dict[str, Any] | None = None) -> dict[str, Any]:
        """The parameter's state; zeros when it has none yet."""
        state: dict[str, Any] = self.state[parameter]
        if state:
            return state
        if not eight_bit(parameter, group or self._group(parameter)):
            device = parameter.device if self.defaults["fused"] else torch.device("cpu")
            state["step"] = torch.zeros((), dtype=torch.float32, device=device)
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
            return state
        # By operations on the parameter, so that its sharding and its device hold for the state.
        padded = torch.nn.functional.pad(torch.zeros_like(parameter, dtype=torch.float32), _room(parameter))
        state["step"] = torch.zeros((), dtype=torch.float32)
        for name in ("exp_avg", "exp_avg_sq"):
            state[name] = padded.to(torch.uint8)
            state[f"{name}_scale"] = padded[:, ::BLOCK].clone(memory_format=torch.contiguous_format)
        return state

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update. Gradients of 8-bit matrices are gone afterwards."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None and eight_bit(parameter, group):
                    self._update(parameter, group)
                    parameter.grad = None
        super().step(closure)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state = self.begin(parameter, group)
        state["step"] += 1
        weight, gradient = local(parameter), local(parameter.grad)  # type: ignore[arg-type]
        if not weight.numel():
            return
        room = _room(weight)
        whole = torch.nn.functional.pad(weight, room) if room[1] else weight
        gradient = torch.nn.functional.pad(gradient, room) if room[1] else gradient
        codes = [book.to(weight.device) for book in self._codes]
        moments = [local(state[name]) for name in ("exp_avg", "exp_avg_sq")]
        # The kernel fills one flat row of scales.
        scales = [local(state[f"{name}_scale"]).view(-1) for name in ("exp_avg", "exp_avg_sq")]
        self._kernel(
            "adam", gradient, whole, *moments, *group["betas"], 0.0, 0.0, group["eps"], int(state["step"]),
            float(group["lr"]), *codes, *scales, weight_decay=group["weight_decay"], gnorm_scale=1.0,
            skip_zeros=False,
        )  # fmt: skip
        if whole is not weight:
            weight.copy_(whole[:, : weight.shape[1]])

    def _group(self, parameter: Tensor) -> dict[str, Any]:
        return next(
            group for group in self.param_groups if any(parameter is other for other in group["params"])
        )


def eight_bit(parameter: Tensor, group: dict[str, Any]) -> bool:
    """Whether the parameter's moments are kept in one byte."""
    cut_across = any(place.is_shard(1) for place in getattr(parameter, "placements", ()))
    return (
        parameter.ndim == 2
        and parameter.shape[1] >= BLOCK
        and parameter.numel() >= SMALLEST
        and not group.get("embeddings")
        and not cut_across
    )


def local(tensor: Tensor) -> Tensor:
    """This rank's shard."""
    found: Tensor = tensor.to_local() if hasattr(tensor, "to_local") else tensor
    return found


def _room(tensor: Tensor) -> tuple[int, int]:
    return 0, -tensor.shape[1] % BLOCK


def _kernel() -> Callable[..., None]:
    try:
        from bitsandbytes.functional import optimizer_update_8bit_blockwise
    except ImportError as error:
        raise RewarmError("train.optimizer: adamw_8bit needs bitsandbytes; install rewarm[8bit]") from error
    kernel: Callable[..., None] = optimizer_update_8bit_blockwise
    return kernel


def _code_book(signed: bool) -> Tensor:
    from bitsandbytes.functional import create_dynamic_map

    book: Tensor = create_dynamic_map(signed=signed)
    return book
