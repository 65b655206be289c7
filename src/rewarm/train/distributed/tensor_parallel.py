"""Tensor parallelism: the matrices of every layer divided over neighbouring ranks.

Which matrix is cut how is the model's own knowledge: transformers carries a plan (`colwise`,
`rowwise`, … per module, Shoeybi et al. 2019, 1909.08053), and torch's styles carry it out.
Embeddings, norms and the loss head stay whole in a tensor group and are sharded by FSDP only, so
the loss and its sums need no change. A layer then costs two all-reduces forward and one for every
column-cut matrix backward: worth it inside a node, when layers do not fit or batches are small.
"""

import logging
import re
from collections.abc import Callable
from functools import partial
from math import gcd

import torch
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import Replicate
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    ParallelStyle,
    RowwiseParallel,
    SequenceParallel,
    parallelize_module,
)

from rewarm.errors import RewarmError
from rewarm.model import causal_lm
from rewarm.model.packed_lm import PackedLM

# It advises on the order of collectives whenever a weight is gathered whole.
logging.getLogger("torch.distributed.tensor._redistribute").setLevel(logging.ERROR)
_REMEDY = "set train.parallel.tensor: 1 and shard over more processes"
_TOLERANCE = 1e-3  # nats a token: other orders of sums stay far below


_STYLES: dict[str, Callable[[], ParallelStyle]] = {
    "colwise": ColwiseParallel,
    "rowwise": RowwiseParallel,
    "colwise_gather_output": partial(ColwiseParallel, output_layouts=Replicate()),
    "rowwise_split_input": partial(RowwiseParallel, input_layouts=Replicate()),
    # A norm over each head: every rank has other heads, and the weight's gradient is the sum over all.
    "replicated_with_grad_allreduce": partial(SequenceParallel, sequence_dim=1, use_local_output=True),
}


def divide(lm: PackedLM, mesh: DeviceMesh) -> None:
    """Cut the decoder layers over `mesh` (one dimension), in place; every rank holds all weights before.

    Raises RewarmError for a model without a plan, with one that cannot be followed, whose sizes do not
    divide, or that gives another loss when it is divided.
    """
    plan = _plan(lm)
    _check_sizes(lm, plan, mesh.size())
    before = _losses(lm)
    styles = {name: _STYLES[kind]() for name, kind in plan.items()}
    # Every rank loaded the same weights, so none is sent.
    parallelize_module(lm, mesh, styles, src_data_rank=None)
    apart = float((_losses(lm) - before).abs().max())
    if not apart < _TOLERANCE:
        raise RewarmError(
            f"{type(lm.model).__name__}: divided over {mesh.size()} ranks it gives another loss (by "
            f"{apart:.3g} nats); its tensor plan does not fit its code. Set train.parallel.tensor: 1"
        )


def _plan(lm: PackedLM) -> dict[str, str]:
    """Module of `lm` → the kind of its cut, for the modules of decoder layers."""
    base = lm.model.base_model
    own = getattr(base, "_tp_plan", None) or getattr(base.config, "base_model_tp_plan", None) or {}
    inside = {id(module) for layer in lm.layers() for module in layer.modules()}
    prefix = next(name for name, module in lm.named_modules() if module is base)
    kind_of = {}
    for name, module in base.named_modules():
        kind = own.get(re.sub(r"(^|\.)\d+(?=\.|$)", r"\1*", name))
        if kind is None or id(module) not in inside:
            continue
        linear = type(module) is torch.nn.Linear
        if kind not in _STYLES or not (linear or kind == "replicated_with_grad_allreduce"):
            raise RewarmError(
                f"{type(lm.model).__name__}: {name} ({type(module).__name__}) is to be cut as {kind!r}, "
                f"which is not supported; {_REMEDY}"
            )
        kind_of[f"{prefix}.{name}"] = kind
    if not kind_of:
        raise RewarmError(f"{type(lm.model).__name__}: transformers has no tensor plan for it; {_REMEDY}")
    return kind_of


def _check_sizes(lm: PackedLM, plan: dict[str, str], size: int) -> None:
    config = lm.model.config.get_text_config()
    sizes = {}
    if any(kind == "colwise" and "att" in name for name, kind in plan.items()):
        for name in ("num_attention_heads", "num_key_value_heads"):
            sizes[name] = getattr(config, name, None) or config.num_attention_heads
    for name, kind in plan.items():
        module = lm.get_submodule(name)
        if kind.startswith("colwise"):
            sizes[name] = module.out_features
        elif kind.startswith("rowwise"):
            sizes[name] = module.in_features
    common = gcd(*sizes.values())
    if common % size:
        name, value = next((name, value) for name, value in sizes.items() if value % size)
        fitting = ", ".join(str(number) for number in range(1, common + 1) if common % number == 0)
        raise RewarmError(
            f"train.parallel.tensor: {size} does not divide {name} = {value} of the base; "
            f"values that fit: {fitting}"
        )


@torch.no_grad()
def _losses(lm: PackedLM) -> torch.Tensor:
    """Losses of some tokens, the same on every rank."""
    device = next(lm.parameters()).device
    size = min(lm.model.config.get_text_config().vocab_size, 1000)
    tokens = torch.randint(size, (1, 16), generator=torch.Generator().manual_seed(0)).to(device)
    training = lm.training
    lm.eval()
    losses = causal_lm.token_losses(lm.model, tokens, None, torch.ones(1, 15, device=device), chunk=8)[1]
    lm.train(training)
    return losses
