"""The peak of memory that a process adds after some moment.

A GPU's allocator counts its own peak. On a CPU it is the peak of the resident set. Linux resets that through
`clear_refs`; elsewhere the peak counts from the start of the process.
"""

from pathlib import Path

import psutil
import torch

from rewarm.train import peak_memory


class PeakMemory:
    """before: bytes at the start; `peak`: bytes above that, at most, so far."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
            self.before = float(torch.cuda.memory_allocated(device))
        else:
            self.before = float(psutil.Process().memory_info().rss)
            _reset()

    def peak(self) -> float:
        """Bytes above `before` since then."""
        if self._device.type == "cuda":
            return float(torch.cuda.max_memory_allocated(self._device)) - self.before
        return max(0.0, _high_water() - self.before)


def _reset() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return  # another system, or a container that forbids it: the peak of the whole process counts


def _high_water() -> float:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return float(peak_memory.resident())
