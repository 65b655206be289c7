"""The layout of ranks in a mesh, and the sums over them.

Ranks form a mesh (replicas x shards x tensor). Weights are sharded by FSDP2 over `shards`, copied
over `replicas` (HSDP), and matrices of a layer are divided over `tensor`; so ranks that differ in
`tensor` only read the same sequences, and neighbours share a node. Gradients are summed, not
averaged: the loss of a token is divided by the number of tokens on all ranks beforehand.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.model.packed_lm import PackedLM
from rewarm.model.precision import computed_in
from rewarm.train.distributed import offload, rendezvous

Value = TypeVar("Value")
_STUCK = timedelta(minutes=30)  # a collective that takes longer has lost a rank
# Messages of gloo, NCCL and the store when another process is gone.
_LOST = ("connection closed", "connection reset", "broken pipe", "remote process exited", "socket error",
         "network error", "socket timeout", "failed to recv", "nccl communicator was aborted")  # fmt: skip


@dataclass(frozen=True)
class Ranks:
    """rank of world_size processes; device: where this one computes; mesh: of FSDP; aside: a group
    for what runs beside training, so that its messages are not mixed up; tensor: ranks that share
    a layer's matrices, and their mesh. None when alone."""

    rank: int
    world_size: int
    device: torch.device
    mesh: Any = None
    aside: Any = None
    tensor: int = 1
    tensor_mesh: Any = None

    @property
    def first(self) -> bool:
        return self.rank == 0

    @property
    def data_rank(self) -> int:
        """Which of the `data_world_size` shares of a batch is this rank's."""
        return self.rank // self.tensor

    @property
    def data_world_size(self) -> int:
        return self.world_size // self.tensor

    def add_up(self, table: torch.Tensor) -> torch.Tensor:
        """Sum over the shares of a batch (float), in place: one all-reduce, the same bits on every rank."""
        if self.world_size > 1:
            dist.all_reduce(table)
            if self.tensor > 1:
                table /= self.tensor
        return table

    def agree(self, value: torch.Tensor) -> torch.Tensor:
        """Rank 0's value, in place; any dtype and shape [*].

        For what every rank computed itself, where the last bit may differ.
        """
        if self.tensor > 1:
            dist.broadcast(value, src=0)
        return value

    def same(self, value: Value) -> Value:
        """Rank 0's value, on every rank."""
        if self.world_size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]

    def say(self, line: str) -> None:
        """Print a line to stderr, once for all ranks; nothing for an empty one."""
        if line and self.first:
            print(line, file=sys.stderr)

    def wait(self) -> None:
        if self.world_size > 1:
            dist.barrier()


@contextmanager
def together(work: Work, device: torch.device) -> Iterator[Ranks]:
    """The process group of a training step, which rank 0 announces to the others.

    Raises RewarmError when the ranks do not make the groups that the recipe asks for, or one is lost.
    """
    rank, size = rendezvous.rank(), rendezvous.world_size()
    parallel = work.config["free"]["parallel"]
    if size == 1 and work.config["free"]["offload"] == "parameters":
        with offload.mesh_of_one(device) as mesh:
            yield Ranks(0, 1, device, mesh)
        return
    if size == 1:
        yield Ranks(0, 1, device)
        return
    check(size, parallel["replicas"], parallel["tensor"])
    store = rendezvous.announce(work)
    if device.type == "cuda":
        device = torch.device("cuda", rendezvous.local_rank())
        torch.cuda.set_device(device)
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_STUCK)
    try:
        data, tensor = _meshes(device, size, parallel["replicas"], parallel["tensor"])
        aside = dist.new_group(backend="gloo")
        yield Ranks(rank, size, device, data, aside, parallel["tensor"], tensor)
    except RuntimeError as error:
        message = str(error).strip().split("\n")[0]
        if any(words in message.lower() for words in _LOST):
            raise RewarmError(
                f"train: rank {rank} lost another rank ({message[:120]}). Its own message tells why; the "
                "same command continues from the newest checkpoint"
            ) from error
        raise
    finally:
        dist.destroy_process_group()


def check(size: int, replicas: int, tensor: int) -> None:
    """Raises RewarmError unless `size` processes make groups of these sizes."""
    if size % tensor:
        raise RewarmError(
            f"train.parallel.tensor: {size} processes do not make groups of {tensor}; "
            f"give a divisor of {size}, or start a multiple of {tensor} processes"
        )
    if size // tensor % replicas:
        raise RewarmError(
            f"train.parallel.replicas: {size // tensor} shares of {tensor} processes do not make {replicas} "
            f"equal groups; give a divisor of {size // tensor}"
        )


def shard(lm: PackedLM, ranks: Ranks, config: dict[str, Any]) -> None:
    """Shard the weights over the mesh, layer by layer; no effect with one process."""
    if ranks.mesh is None:
        return
    from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard

    if ranks.tensor_mesh is not None:
        from rewarm.train.distributed import tensor_parallel

        tensor_parallel.divide(lm, ranks.tensor_mesh)
    policy = MixedPrecisionPolicy()
    if config["parallel"]["gather_bf16"] and computed_in(ranks.device, config["precision"]) == "bf16":
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


def _meshes(device: torch.device, size: int, replicas: int, tensor: int) -> tuple[Any, Any]:
    """The mesh of FSDP, and of tensor parallelism or None."""
    from torch.distributed.device_mesh import init_device_mesh

    sizes = {"replicate": replicas, "shard": size // replicas // tensor, "tensor": tensor}
    names = tuple(name for name, ranks in sizes.items() if ranks > 1 or name == "shard")
    mesh = init_device_mesh(device.type, tuple(sizes[name] for name in names), mesh_dim_names=names)
    if tensor == 1:
        return mesh, None
    return mesh["replicate", "shard"] if replicas > 1 else mesh["shard"], mesh["tensor"]
