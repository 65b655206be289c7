"""Signatures of overlapping windows are those of each window's tokens alone."""

import numpy as np
import pytest

from rewarm.text.grams.minhash import signatures
from rewarm.text.grams.tokens import Tokens
from rewarm.text.item_search.window_signatures import window_signatures

BANDS, ROWS = 5, 3


@pytest.mark.parametrize("width", [20, 21, 22, 30])
def test_signatures_of_windows_are_those_of_their_tokens(width: int) -> None:
    draw = np.random.default_rng(width)
    stride = width // 3
    hashes = draw.integers(0, 2**32, 400, np.uint32)
    # Documents of one short window, of windows that end with their document, and with a rest.
    begins, counts = [], []
    start = 0
    for size in (3, width, width + 1, width + stride, 5 * width + 2, 7 * stride):
        for at in range(0, max(1, size - width + stride), stride):
            begins.append(start + at)
            counts.append(min(width, size - at))
        start += size
    found = window_signatures(
        hashes, np.array(begins, np.int64), np.array(counts, np.int32), stride, BANDS, ROWS
    )
    for window, (begin, count) in enumerate(zip(begins, counts, strict=True)):
        unread = np.empty(1, np.uint8)
        alone = Tokens(unread, np.array([count], np.int32), unread, hashes[begin : begin + count])
        wanted = signatures(alone, 1, np.empty(0, np.uint64), BANDS, ROWS)
        assert found.keys[:, window].tolist() == wanted.keys[:, 0].tolist()
        assert found.sketches[window].tolist() == wanted.sketches[0].tolist()
