"""A set of 64-bit hashes for the kernels: open addressing, at most half full, 0 an empty place."""

import numpy as np

from rewarm.text.kernel import kernel

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
ONE = np.uint64(1)


@kernel
def hash_table(entries: int) -> np.ndarray:
    """uint64, zeros: room for so many hashes, at most half full."""
    size = 8
    while size < 2 * entries:
        size *= 2
    return np.zeros(size, np.uint64)


@kernel
def slot_of(table: np.ndarray, value: np.uint64) -> int:
    """Where a hash stands, or would, in a uint64 table of `hash_table`; 0 marks an empty place."""
    value = value | ONE
    mask = np.uint64(len(table) - 1)
    at = (value * MULTIPLIER >> np.uint64(20)) & mask
    while table[at] != 0 and table[at] != value:
        at = (at + ONE) & mask
    return int(at)


@kernel
def was_seen(table: np.ndarray, value: np.uint64) -> bool:
    """Whether the hash is in the uint64 table already; puts it in if not."""
    at = slot_of(table, value)
    if table[at] != 0:
        return True
    table[at] = value | ONE
    return False
