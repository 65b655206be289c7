"""`rewarm doctor --gpu`: the claims of this package, measured on the present GPU in at most 8 minutes.

A Llama of 1.1 billion random weights is trained on random tokens; nothing is downloaded, and
nothing is written outside a temporary directory. A card with less memory gets fewer layers.

world.py            the model and its data
trainer.py          updates as a run does them
attention_paths.py  each attention path: isolation, gradients, speed
exactness.py        channel sums against fp64; a resume that gives the same bits
memory_use.py       peak memory against the computed figure; an update that does not fit
speed.py            tokens per second, MFU, comparison with Hugging Face Trainer
"""

import time
from collections.abc import Callable, Iterable, Iterator

import torch

from rewarm.doctor.gpu import attention_paths, exactness, memory_use, speed, world
from rewarm.doctor.gpu.row import REPORT, Row
from rewarm.doctor.gpu.trainer import free

__all__ = ["Row", "checks"]

LIMIT = 480.0  # seconds
_IDLE = "Run it on a card that nothing else uses."
_CHECKS: dict[str, Callable[[world.Size, torch.device], Iterable[Row]]] = {
    "attention": attention_paths.paths,
    "channel sums": lambda size, device: [exactness.channel_sums(size, device)],
    "bit-exact resume": lambda size, device: [exactness.resume(size, device)],
    "out of memory": lambda size, device: [memory_use.exhausted(size, device)],
    "peak memory": lambda size, device: [memory_use.peak(size, device)],
    "speed": speed.speed,
}


def checks(device: torch.device | None = None, size: str = "1b", limit: float = LIMIT) -> Iterator[Row]:
    """Run the checks one by one and yield each row at once.

    device, size: for tests, which run everything on a CPU with `tiny`. limit: seconds, after which no
    check is started. Never raises: a check that crashes gives a failed row.
    """
    if device is None:
        if not torch.cuda.is_available():
            seen = f"PyTorch {torch.__version__} sees no GPU"
            yield Row("gpu", seen, ok=False, remedy="Run it on a machine with a GPU; docs/gpu.md says how.")
            return
        device = torch.device("cuda", 0)
    began = time.monotonic()
    yield Row("gpu", _device(device), ok=True)
    chosen = world.fitting(world.SIZES[size], device)
    for name, check in _CHECKS.items():
        if time.monotonic() - began > limit:
            yield Row(name, f"not run: {limit:.0f} seconds are over", ok=False, remedy=_IDLE)
            continue
        try:
            yield from check(chosen, device)
        except Exception as error:  # such as of a driver or kernel; the other checks still run
            said = str(error).strip().split("\n")[0]
            yield Row(name, f"{type(error).__name__}: {said}", ok=False, remedy=REPORT)
        free(device)
    seconds = time.monotonic() - began
    yield Row("time", f"{seconds:.0f} seconds", seconds, "s", seconds <= LIMIT, _IDLE)


def _device(device: torch.device) -> str:
    if device.type != "cuda":
        return f"none: on the CPU, for tests; PyTorch {torch.__version__}"
    card = torch.cuda.get_device_properties(device)
    return (
        f"{card.name}, {card.total_memory / 1e9:.1f} GB, compute capability {card.major}.{card.minor}; "
        f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}"
    )
