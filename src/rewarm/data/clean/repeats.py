"""Runs of words or characters that stand more than once, each length found from the one before.

A run of n repeats only where both runs of n - 1 in it do, and those two name it: exactly, no content is
hashed. So a length looks only at the places that the last one left, and ten lengths cost as much as two
to five that look at every place. The loops choose without branches: which runs repeat is what a processor
cannot guess, and its wrong guesses cost more than all the rest.
"""

import numpy as np

from rewarm.data.clean.hash_table import MULTIPLIER
from rewarm.text.kernel import kernel

# How many zeros follow the names.
MARGIN = 3
# In what `repeats` returns: of runs of 3, of runs of 5.
FREQUENT, REPEATED = 0, 1
_ONE, _NONE, _STOOD = np.uint32(1), np.uint32(0), np.uint32(1 << 31)
_HALF, _NEXT = np.uint64(32), np.uint64(1)


@kernel
def repeats(names: np.ndarray, ends: np.ndarray, space: int, longest: int) -> np.ndarray:
    """float64 [14], by the length of runs, for a text of words or characters.

    names: uint32, equal for equal words, or 0 for one that stands once, and `MARGIN` zeros; used up.
    ends: int64, how many characters of words stand before each and at the end. space: characters between
    two; longest: at most 10 or 13.
    At 2 to 4: characters of the most frequent run, times how often it stands; the earliest of equals.
    At 5 to 10 and at 13: characters in runs that stood before, none counted twice.
    At `FREQUENT`: the share of runs of 3 that are among the most frequent, as many of them as the root of
    the number of distinct ones; at `REPEATED`: the share of runs of 5 that stand more than once (both as
    ROOTS has them, bigscience-workshop/data-preparation, filtering.py).
    """
    found = np.zeros(14)
    count = len(names) - MARGIN
    places, slots = np.arange(count).astype(np.uint32), np.empty(count, np.uint32)
    pairs = np.empty(count, np.uint64)
    most = 1 << table_bits(count)
    keys, often = np.empty(most, np.uint64), np.empty(most, np.uint32)
    left = count
    for size in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13):
        runs = count - size + 1
        if runs < 1 or size > longest:
            break
        # Two of ten, three apart, name one of thirteen.
        named = _name(names, places[:left], pairs, slots, 3 if size == 13 else 1, keys, often)
        if size == 3:
            found[FREQUENT] = _frequent(slots[:named], often, runs) / runs
        left, top, earliest = _keep(names, places, slots[:named], often)
        if size == 5:
            found[REPEATED] = left / runs
        if size < 5:
            found[size] = top * (ends[earliest + size] - ends[earliest] + space * (size - 1))
        else:
            found[size] = _stood_before(names, places[:left], often, ends, size)
    return found


@kernel
def table_bits(entries: int) -> int:
    """Of a table's size, at most two thirds full."""
    bits = 3
    while 2 << bits < 3 * entries:
        bits += 1
    return bits


@kernel
def _name(
    names: np.ndarray,
    places: np.ndarray,
    pairs: np.ndarray,
    slots: np.ndarray,
    apart: int,
    keys: np.ndarray,
    often: np.ndarray,
) -> int:
    """Finds the slot of each run that may repeat, by the names at its place and `apart` after it.

    Names are used up, and places of runs that cannot repeat left out. Returns how many are left.
    """
    step = np.uint32(apart)
    found = 0
    for place in places:
        name, other = names[place], names[place + step]
        names[place] = 0
        pairs[found] = np.uint64(name) << _HALF | np.uint64(other)
        places[found] = place
        found += (name != 0) & (other != 0)
    bits = table_bits(found)
    keys[: 1 << bits] = 0
    often[: 1 << bits] = 0
    shift, mask = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
    for at in range(found):
        key = pairs[at]
        slot = key * MULTIPLIER >> shift
        there = keys[slot]
        while (there != 0) & (there != key):
            slot = (slot + _NEXT) & mask
            there = keys[slot]
        keys[slot] = key
        often[slot] += _ONE
        slots[at] = np.uint32(slot)
    return found


@kernel
def _keep(
    names: np.ndarray, places: np.ndarray, slots: np.ndarray, often: np.ndarray
) -> tuple[int, int, int]:
    """Names runs that stand more than once by their slots.

    Returns how many places are left, how often the most frequent run stands, and its earliest place.
    """
    left = 0
    top, earliest = _ONE, _NONE
    for at in range(len(slots)):
        place, slot = places[at], slots[at]
        times = often[slot]
        more = times > 1
        names[place] = slot + _ONE if more else _NONE
        places[left] = place
        left += more
        if times > top:
            top, earliest = times, place
    return left, int(top), int(earliest)


@kernel
def _stood_before(
    names: np.ndarray, places: np.ndarray, often: np.ndarray, ends: np.ndarray, size: int
) -> int:
    """Characters in runs that stood before; what begins inside of one is passed over. Marks `often`."""
    chars = 0
    free = _NONE
    for place in places:
        if place < free:
            continue
        slot = names[place] - _ONE
        if often[slot] & _STOOD:
            free = place + np.uint32(size)
            chars += ends[free] - ends[place]
        often[slot] |= _STOOD
    return chars


@kernel
def _frequent(slots: np.ndarray, often: np.ndarray, runs: int) -> int:
    """How many runs are among the most frequent: as many distinct ones as the root of their number."""
    most = 1
    for slot in slots:
        most = max(most, int(often[slot]))
    # Of each number of times: the runs, then the distinct ones.
    by_times = np.zeros(most + 1, np.int64)
    for slot in slots:
        by_times[often[slot]] += 1
    once, repeated = runs - by_times[2:].sum(), 0
    for times in range(2, most + 1):
        by_times[times] //= times
        repeated += by_times[times]
    chosen = min(int(np.sqrt(once + repeated)), repeated)
    taken = 0
    while chosen > 0:
        here = min(chosen, by_times[most])
        taken += here * most
        chosen -= here
        most -= 1
    return taken
