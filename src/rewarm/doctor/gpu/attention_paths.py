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
            training = Training(size, size.few, device, path)
            attention.choose(training.model, path, device, precision)
            gradient, speed = _measured(training, rows)
        except Exception as error:  # a kernel that does not support this card; the other paths still run
            said = str(error).strip().split("\n")[0]
            yield Row(name, said or type(error).__name__, ok=False, remedy=_AVOID)
            continue
        difference = float((gradient - expected).norm() / expected.norm())
        seen = (
            f"isolated; {speed:,.0f} tokens/s, {speed / dense:.2f} x dense; gradients {difference:.1e} apart"
        )
        yield Row(name, seen, speed, "tokens/s", difference <= TOLERANCE[precision], _AVOID)


def _measured(training: Training, rows: list) -> tuple[torch.Tensor, float]:  # type: ignore[type-arg]
    """The gradient of `rows` as one vector, and tokens per second of forward and backward."""
    training.gradient(rows)  # kernels are compiled
    wait(training.device)
    began = time.perf_counter()
    for _ in range(3):
        training.gradient(rows)
    wait(training.device)
    speed = 3 * sum(len(row.tokens) for row in rows) / (time.perf_counter() - began)
    weights = list(training.lm.parameters())
    parts = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in weights]
    return torch.cat([part.flatten() for part in parts]), speed
