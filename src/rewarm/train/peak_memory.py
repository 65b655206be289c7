"""The most memory that this process has held so far."""

import resource
import sys

import torch


def resident() -> int:
    """Bytes in main memory. Steps that ran in the same process count too."""
    # Linux counts in kB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def device() -> int | None:
    """Bytes on this rank's GPU, as the allocator counts them; None without one."""
    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None


def now() -> int:
    """Bytes on the GPU of this rank, or in main memory where it trains on the CPU."""
    found = device()
    return resident() if found is None else found
