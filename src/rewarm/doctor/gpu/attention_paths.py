"""Every attention path on this card: isolation, gradients against the dense path, speed."""

import time
from collections.abc import Iterator

import torch

from rewarm.doctor.gpu import world
from rewarm.doctor.gpu.row import Row
from rewarm.doctor.gpu.trainer import Training, wait
from rewarm.model import attention
from rewarm.model.attention.choice import unavailable

# Relative L2 difference of all gradients: bf16 rounds each product to 2^-9.
TOLERANCE = {"bf16": 3e-2, "fp32": 1e-4}
_AVOID = "Set train.attention to a path that passes; `auto` checks isolation and skips this one if it fails."


def paths(size: world.Size, device: torch.device) -> Iterator[Row]:
    """A row for each path; `dense` is the reference. Gradients of a model of `size.few` layers."""
    rows = world.sequences(size, size.micro_batch)
    expected, dense = _measured(Training(size, size.few, device, "dense"), rows)
    precision = world.config(size, device)["precision"]
    for path in attention.PATHS:
        name = f"attention {path}"
        if path == "dense":
            yield Row(name, f"{dense:,.0f} tokens/s, the reference", dense, "tokens/s")
            continue
        if why := unavailable(path, device, precision):
            yield Row(name, f"not there: {why}")
            continue
        try:
            one = Training(size, size.few, device, path)
            attention.choose(one.model, path, device, precision)
            found, speed = _measured(one, rows)
        except Exception as error:  # a kernel that refuses this card; the other paths are worth knowing
            said = str(error).strip().split("\n")[0]
            yield Row(name, said or type(error).__name__, ok=False, remedy=_AVOID)
            continue
        apart = float((found - expected).norm() / expected.norm())
        seen = f"isolated; {speed:,.0f} tokens/s, {speed / dense:.2f} x dense; gradients {apart:.1e} apart"
        yield Row(name, seen, speed, "tokens/s", apart <= TOLERANCE[precision], _AVOID)


def _measured(one: Training, rows: list) -> tuple[torch.Tensor, float]:  # type: ignore[type-arg]
    """The gradient of `rows` as one vector, and tokens per second of forward and backward."""
    one.gradient(rows)  # kernels are compiled
    wait(one.device)
    began = time.perf_counter()
    for _ in range(3):
        one.gradient(rows)
    wait(one.device)
    speed = 3 * sum(len(row.tokens) for row in rows) / (time.perf_counter() - began)
    weights = list(one.lm.parameters())
    parts = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights]
    return torch.cat([part.flatten() for part in parts]), speed
