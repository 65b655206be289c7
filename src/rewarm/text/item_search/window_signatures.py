"""MinHash signatures of overlapping windows, each token hashed once a width instead of three times.

Windows of one width start a third of it apart. The least value of a window is the least of its thirds'
least values, and the next window has two of the three: so only one third is hashed anew, and the few
tokens that are left over when a width is no multiple of three. The result is that of
`text/grams/minhash.py` on each window's tokens, to the bit.
"""

import numpy as np

from rewarm.text.grams.minhash import Signatures, permutations
from rewarm.text.grams.tokens import MULTIPLIER, mixed
from rewarm.text.kernel import kernel

_MOST = np.uint32(0xFFFFFFFF)


def window_signatures(
    hashes: np.ndarray, begins: np.ndarray, counts: np.ndarray, stride: int, bands: int, rows: int
) -> Signatures:
    """hashes: uint32, the tokens of all documents; begins: int64 [windows], ascending, where each window's
    tokens begin; counts: int32 [windows], at least 3 x stride in all but a document's last window.

    A window that begins `stride` behind the one before is taken for the next one of the same document.
    """
    keys = np.empty((bands, len(begins)), np.uint64)
    sketches = np.empty((len(begins), bands * rows), np.uint8)
    multipliers, additions = permutations(bands * rows)
    _window_signatures(hashes, begins, counts, stride, multipliers, additions, keys, sketches)
    return Signatures(keys, sketches, np.zeros(len(begins), np.bool_))


@kernel
def _window_signatures(
    hashes: np.ndarray,
    begins: np.ndarray,
    counts: np.ndarray,
    stride: int,
    multipliers: np.ndarray,
    additions: np.ndarray,
    keys: np.ndarray,
    sketches: np.ndarray,
) -> None:
    bands = keys.shape[0]
    rows = sketches.shape[1] // bands
    # The least values of the window's thirds, the first of them at `oldest`.
    thirds = np.empty((3, len(multipliers)), np.uint32)
    least = np.empty(len(multipliers), np.uint32)
    oldest = 0
    for window in range(len(begins)):
        begin, end = begins[window], begins[window] + counts[window]
        follows = window > 0 and begin == begins[window - 1] + stride and counts[window - 1] >= 3 * stride
        known = 2 if follows else 0
        oldest = (oldest + 1) % 3 if follows else 0
        for third in range(known, 3):
            row = thirds[(oldest + third) % 3]
            row[:] = _MOST
            first = begin + third * stride
            _lower(row, hashes, first, min(first + stride, end), multipliers, additions)
        for permutation in range(len(least)):
            least[permutation] = min(
                thirds[0, permutation], min(thirds[1, permutation], thirds[2, permutation])
            )
        _lower(least, hashes, begin + 3 * stride, end, multipliers, additions)
        for band in range(bands):
            key = np.uint64(0)
            for permutation in range(band * rows, (band + 1) * rows):
                key = (key ^ (np.uint64(least[permutation]) + np.uint64(1))) * MULTIPLIER
                sketches[window, permutation] = np.uint8(least[permutation] & np.uint32(0xFF))
            keys[band, window] = mixed(key)


@kernel
def _lower(
    least: np.ndarray,
    hashes: np.ndarray,
    first: int,
    last: int,
    multipliers: np.ndarray,
    additions: np.ndarray,
) -> None:
    """Lower each permutation's least value to that of these tokens: vectors of permutations."""
    for position in range(first, last):
        gram = np.uint32(mixed(np.uint64(hashes[position])) >> np.uint64(32))
        for permutation in range(len(least)):
            value = np.uint32(np.uint32(gram * multipliers[permutation]) + additions[permutation])
            least[permutation] = min(least[permutation], value)
