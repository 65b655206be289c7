"""Peak memory against the computed figure, and the error when memory runs out."""

import re

import psutil
import torch

from rewarm.doctor.gpu import world
from rewarm.doctor.gpu.row import REPORT, Row
from rewarm.doctor.gpu.trainer import Training, free
from rewarm.errors import RewarmError
from rewarm.plan import memory
from rewarm.recipe import Train
from rewarm.train import out_of_memory

# A figure that is too low stops a run; one that is too high costs a larger card.
_LOW, _HIGH = 0.6, 1.1


def peak(size: world.Size, device: torch.device) -> Row:
    """Peak allocation over two updates of the whole model, against the figure of plan/memory.py."""
    train = Train.model_validate(world.config(size, device))
    wanted = memory.need(world.shapes(size, size.layers), train, world.tokens(size)).device
    rows = world.sequences(size, size.micro_batch)
    free(device)
    before = _used(device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    training = Training(size, size.layers, device)
    for _ in range(2):
        training.update(rows)
    used = (torch.cuda.max_memory_allocated(device) if device.type == "cuda" else _used(device)) - before
    share = used / wanted
    seen = f"{used / 1e9:.2f} GB at most, computed {wanted / 1e9:.2f} GB: {share:.2f} of it"
    remedy = "Figures of plan/memory.py do not fit this card: leave more room than `rewarm doctor` asks for."
    # On a CPU the process holds much else.
    ok = _LOW <= share <= _HIGH if device.type == "cuda" else None
    return Row("peak memory", seen, share, "of the computed figure", ok, remedy)


def _used(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


def exhausted(size: world.Size, device: torch.device) -> Row:
    """An update that does not fit ends in an error with a remedy, and a smaller one runs after it."""
    name, remedy = "out of memory", REPORT
    small = world.sequences(size, 1)
    training = Training(size, size.few, device)
    training.update(small)
    try:
        with out_of_memory.explained(1, training.config), _little(device):
            _too_much(training, size)
    except RewarmError as error:
        said = str(error)
    except Exception as error:
        return Row(name, f"{type(error).__name__}: {str(error)[:100]}", ok=False, remedy=remedy)
    else:
        return Row(name, "an update beyond the memory was computed", ok=False, remedy=remedy)
    # The traceback, which held the failed update's tensors, is gone.
    free(device)
    training.update(small)
    found = re.search(r"\. (.*?)\. The same command", said)
    seen = f"a clear error, and training continues; it says: {found[1] if found else said}"
    return Row(name, seen, ok=bool(found), remedy=REPORT)


class _little:
    """Limit the process to 0.1 GB more than it holds, so that the test does not fill the card."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def __enter__(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
            total = torch.cuda.get_device_properties(self._device).total_memory
            held = torch.cuda.memory_reserved(self._device) + 1e8
            torch.cuda.set_per_process_memory_fraction(min(1.0, held / total), self._device)

    def __exit__(self, *_: object) -> None:
        if self._device.type == "cuda":
            torch.cuda.set_per_process_memory_fraction(1.0, self._device)


def _too_much(training: Training, size: world.Size) -> None:
    """Compute 64 sequences as one micro-batch. On a CPU, which has no limit to set, raise the error."""
    if training.device.type != "cuda":
        raise torch.OutOfMemoryError("made by rewarm doctor, since a CPU has no limit to set")
    training.config["micro_batch"] = 64
    try:
        training.gradient(world.sequences(size, 64))
    finally:
        training.config["micro_batch"] = size.micro_batch
