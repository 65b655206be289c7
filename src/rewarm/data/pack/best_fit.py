"""Best-fit-decreasing packing: which sequence each part of a document goes to.

Every part, from the longest to the shortest, goes to the open sequence with the least room that still holds
it (Ding et al. 2024, arXiv 2404.10830, section 3). Room is at most `seq_len`, so open sequences are kept in
one stack per room, and the rooms in use in the bits of an array: the best fit is the first set bit at or
above the part's length. Concatenation would cut about one document per sequence boundary; best fit cuts only
what cannot fit, at the price of the documents' order inside one call.
"""

import numpy as np

from rewarm.text.kernel import kernel

_BITS = 64


def pack(lengths: np.ndarray, seq_len: int) -> np.ndarray:
    """int64 [parts]: the number of each part's sequence, from 0 and without gaps.

    lengths: int64 [parts], each at least 1 and at most `seq_len`.
    Raises ValueError for other lengths or a `seq_len` that is not positive.
    """
    if seq_len < 1:
        raise ValueError(f"seq_len: {seq_len} is not positive; a sequence holds at least one token")
    wrong = np.flatnonzero((lengths < 1) | (lengths > seq_len))
    if len(wrong):
        raise ValueError(f"lengths[{wrong[0]}]: {lengths[wrong[0]]} is not in 1..{seq_len}")
    longest_first = np.argsort(-lengths, kind="stable")
    found = np.empty(len(lengths), dtype=np.int64)
    _pack(lengths.astype(np.int64), longest_first, seq_len, found)
    return found


def in_order(lengths: np.ndarray, seq_len: int) -> np.ndarray:
    """int64 [parts]: the same without changing the order: a part that does not fit begins a new sequence."""
    found = np.empty(len(lengths), dtype=np.int64)
    _in_order(lengths.astype(np.int64), seq_len, found)
    return found


@kernel
def _pack(lengths: np.ndarray, order: np.ndarray, seq_len: int, found: np.ndarray) -> None:
    # The last open sequence of each room, and of each sequence the one below it in its stack; -1 is none.
    top = np.full(seq_len + 1, -1, dtype=np.int64)
    below = np.empty(len(lengths), dtype=np.int64)
    used = np.zeros(seq_len // _BITS + 1, dtype=np.uint64)
    one = np.uint64(1)
    count = 0
    for part in order:
        length = lengths[part]
        room = -1
        word = length // _BITS
        bits = used[word] >> np.uint64(length % _BITS) << np.uint64(length % _BITS)
        while True:
            if bits:
                low = bits & (~bits + one)
                place = 0
                while low > one:
                    low >>= one
                    place += 1
                room = word * _BITS + place
                break
            word += 1
            if word == len(used):
                break
            bits = used[word]
        if room < 0:
            room, sequence = seq_len, count
            count += 1
        else:
            sequence = top[room]
            top[room] = below[sequence]
            if top[room] < 0:
                used[room // _BITS] &= ~(one << np.uint64(room % _BITS))
        found[part] = sequence
        left = room - length
        if left:
            below[sequence] = top[left]
            top[left] = sequence
            used[left // _BITS] |= one << np.uint64(left % _BITS)


@kernel
def _in_order(lengths: np.ndarray, seq_len: int, found: np.ndarray) -> None:
    sequence, room = -1, 0
    for part in range(len(lengths)):
        if lengths[part] > room:
            sequence += 1
            room = seq_len
        room -= lengths[part]
        found[part] = sequence
