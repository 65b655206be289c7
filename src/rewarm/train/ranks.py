"""One process or many: who is there, and what they add up.

Under torchrun every process runs the same command. Rank 0 does what there is to do before and
after training; the others wait in `follow` until it hands them a training step. Weights are
sharded by FSDP2 over all ranks, or over groups that hold copies of each other (HSDP). Gradients
are summed, not averaged: the loss of a token is divided by the number of tokens on all ranks
beforehand.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from rewarm.corpus.work import Work
from rewarm.errors import RewarmError
from rewarm.model.packed_lm import PackedLM
from rewarm.train import offload

_DAYS = timedelta(days=14)  # followers wait for data steps
_STUCK = timedelta(minutes=30)  # a collective that takes longer has lost a rank
_turn = 0


@dataclass(frozen=True)
class Ranks:
    """rank of world processes; device: where this one computes; mesh: of FSDP; aside: a group
    for what runs beside training, so that its messages are not mixed up. None when alone."""

    rank: int
    world: int
    device: torch.device
    mesh: Any = None
    aside: Any = None

    @property
    def first(self) -> bool:
        return self.rank == 0

    def add_up(self, table: torch.Tensor) -> torch.Tensor:
        """The sum over all ranks, in place: one all-reduce."""
        if self.world > 1:
            dist.all_reduce(table)
        return table

    def same(self, value: Any) -> Any:
        """Rank 0's value, on every rank."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]

    def wait(self) -> None:
        if self.world > 1:
            dist.barrier()


def rank() -> int:
    """This process's number under torchrun; 0 without."""
    return int(os.environ.get("RANK", "0"))


def world() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


def follow() -> None:
    """What every rank but 0 does: train when rank 0 says so, until it says that all is done."""
    from rewarm.train import step

    number = 0
    while True:
        said = json.loads(_store().get(f"rewarm/{number}"))
        if said is None:
            return
        step.run(Work(said["step"], Path(said["folder"]), said["config"], _paths(said["inputs"])))
        number += 1


def dismiss() -> None:
    """Rank 0, at the end: let the others go."""
    if world() > 1 and rank() == 0:
        _store().set(f"rewarm/{_turn}", json.dumps(None))


@contextmanager
def together(work: Work, device: torch.device) -> Iterator[Ranks]:
    """The process group of a training step; rank 0 calls the others to it."""
    global _turn
    size = world()
    if size == 1 and work.config["free"]["offload"] == "parameters":
        with offload.mesh_of_one(device) as mesh:
            yield Ranks(0, 1, device, mesh)
        return
    if size == 1:
        yield Ranks(0, 1, device)
        return
    store = _store()
    if rank() == 0:
        said = {
            "step": work.step,
            "folder": str(work.folder.absolute()),
            "config": work.config,
            "inputs": {name: str(path.absolute()) for name, path in work.inputs.items()},
        }
        store.set(f"rewarm/{_turn}", json.dumps(said))
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    own = dist.PrefixStore(f"group/{_turn}", store)
    dist.init_process_group(backend, store=own, rank=rank(), world_size=size, timeout=_STUCK)
    try:
        mesh = _mesh(device, size, work.config["free"]["parallel"]["replicas"])
        yield Ranks(rank(), size, device, mesh, dist.new_group(backend="gloo"))
    finally:
        _turn += 1
        dist.destroy_process_group()


def shard(lm: PackedLM, ranks: Ranks, config: dict[str, Any]) -> None:
    """Cut the weights over the mesh, layer by layer; nothing alone."""
    if ranks.mesh is None:
        return
    from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard

    policy = MixedPrecisionPolicy()
    if config["parallel"]["gather_bf16"] and config["precision"] == "bf16":
        policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    more = offload.policy(config, ranks.device)
    for layer in lm.layers():
        fully_shard(layer, mesh=ranks.mesh, mp_policy=policy, **more)
    fully_shard(lm, mesh=ranks.mesh, mp_policy=policy, **more)
    for module in lm.modules():
        if isinstance(module, FSDPModule):
            module.set_gradient_divide_factor(1.0)
            # gloo has no pre-multiplied sum.
            module.set_force_sum_reduction_for_comms(True)


def defer_reduction(lm: PackedLM, ranks: Ranks, last: bool) -> None:
    """Reduce gradients at the last micro-batch only: less traffic, whole gradients held."""
    if ranks.mesh is not None:
        lm.set_requires_gradient_sync(last)  # type: ignore[operator]


def _mesh(device: torch.device, size: int, replicas: int) -> Any:
    from torch.distributed.device_mesh import init_device_mesh

    if size % replicas:
        raise RewarmError(
            f"train.parallel.replicas: {size} processes do not make {replicas} equal groups; "
            f"give a divisor of {size}"
        )
    if replicas == 1:
        return init_device_mesh(device.type, (size,), mesh_dim_names=("shard",))
    names = ("replicate", "shard")
    return init_device_mesh(device.type, (replicas, size // replicas), mesh_dim_names=names)


def _store() -> Any:
    host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    return dist.TCPStore(host, port, is_master=False, timeout=_DAYS)


def _paths(inputs: dict[str, str]) -> dict[str, Path]:
    return {name: Path(path) for name, path in inputs.items()}
