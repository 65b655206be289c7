"""Moments, or weights too, in host memory: what a card cannot hold, at the price of the bus.

`optimizer`: the moments live in host memory and the update runs there, slice by slice through two
pinned buffers (ZeRO-Offload, Ren et al. 2021, 2101.06840). 8 bytes a parameter less on the card;
16 bytes a parameter cross the bus each update, so large batches hide it best. The arithmetic is torch's
own fused AdamW, so the bits are those of a run on the CPU without it.

`parameters`: FSDP2 keeps weights, gradients and moments in host memory and gathers a layer at a time;
one process forms a group of one. The least memory on the card, and the most traffic: the weights
cross in every forward and backward pass of every micro-batch.

Both are tested on the CPU, where nothing moves but every line runs; they have not run on a GPU here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from rewarm.train.eight_bit import local

SLICE = 2**24  # weights on the way at one time: two buffers of 64 MB


class OffloadedAdamW(torch.optim.AdamW):
    """As torch.optim.AdamW(fused=True), with its moments on the CPU wherever the weights are."""

    def begin(self, parameter: Tensor) -> dict[str, Any]:
        """The parameter's state: step, a float32 scalar, and two moments of its shape, on the CPU."""
        state: dict[str, Any] = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), dtype=torch.float32)
            state["exp_avg"] = torch.zeros_like(parameter, device="cpu")
            state["exp_avg_sq"] = torch.zeros_like(parameter, device="cpu")
        return state

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One update; every gradient and weight passes through host memory."""
        pinned = torch.cuda.is_available()
        buffers = [torch.empty(SLICE, dtype=torch.float32, pin_memory=pinned) for _ in range(2)]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group, buffers)

    def _update(self, parameter: Tensor, group: dict[str, Any], buffers: list[Tensor]) -> None:
        state = self.begin(parameter)
        weight, gradient = local(parameter).view(-1), local(parameter.grad).reshape(-1)  # type: ignore[arg-type]
        first, second = (local(state[name]).view(-1) for name in ("exp_avg", "exp_avg_sq"))
        for start in range(0, weight.numel(), SLICE):
            there = weight[start : start + SLICE]
            here, slope = (buffer[: there.numel()] for buffer in buffers)
            part = slice(start, start + SLICE)
            here.copy_(there)
            slope.copy_(gradient[part])
            adamw(
                [here], [slope], [first[part]], [second[part]], [], [state["step"].clone()],
                fused=True, amsgrad=False, beta1=group["betas"][0], beta2=group["betas"][1],
                lr=group["lr"], weight_decay=group["weight_decay"], eps=group["eps"], maximize=False,
            )  # fmt: skip
            there.copy_(here)
        state["step"] += 1


def policy(config: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """Further arguments of `fully_shard`; none without `train.offload: parameters`."""
    from torch.distributed.fsdp import CPUOffloadPolicy

    if config["offload"] != "parameters":
        return {}
    return {"offload_policy": CPUOffloadPolicy(pin_memory=device.type == "cuda")}


@contextmanager
def mesh_of_one(device: torch.device) -> Iterator[Any]:
    """A device mesh for a single process, since FSDP2 shards over nothing less."""
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh

    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=dist.HashStore(), rank=0, world_size=1)
    try:
        yield init_device_mesh(device.type, (1,), mesh_dim_names=("shard",))
    finally:
        dist.destroy_process_group()
