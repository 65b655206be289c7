"""The gutter between two columns of a scan, found in the pixels.

The detector of text lines joins what stands closely beside each other, and columns of a journal are as close
as wide spaces: their lines come out as one. Word spaces of running text do not stand above each other; a
gutter is white in nearly every line at one place. So where most lines are as wide as the text, their pixels
decide, and both columns are read by themselves.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Box = tuple[float, float, float, float]
_LEAST_LINES = 5
_WHITE = 0.94
_DARK = 140


def gutter(picture: npt.NDArray[np.uint8], lines: Sequence[Box]) -> tuple[int, list[int]] | None:
    """The x of a gutter, and which lines cross it with ink (titles); None where there is none.

    picture: [height, width, 3] of the upright page; lines: x0, y0, x1, y1 in its pixels.
    """
    if not lines:
        return None
    left, right = min(box[0] for box in lines), max(box[2] for box in lines)
    wide = [number for number, box in enumerate(lines) if box[2] - box[0] > 0.6 * (right - left)]
    if len(wide) < _LEAST_LINES:
        return None
    dark = picture.min(axis=2) < _DARK
    white = np.zeros(picture.shape[1])
    high = float(np.median([lines[number][3] - lines[number][1] for number in wide]))
    inks = {}
    for number in wide:
        x0, y0, x1, y1 = (round(value) for value in lines[number])
        # Ends of letters above and below reach into the line; noise is a pixel here and there.
        inset = round(0.15 * (y1 - y0))
        ink = dark[max(0, y0 + inset) : max(1, y1 - inset)].sum(axis=0) > 1
        ink[:x0] = ink[x1:] = False
        inks[number] = ink
        white += ~ink
    clear = white >= _WHITE * len(wide)
    middle = slice(round(left + 0.25 * (right - left)), round(left + 0.75 * (right - left)))
    start, length = _longest_run(clear[middle])
    if length < 0.3 * high:
        return None
    at = middle.start + start + length // 2
    half = max(1, length // 4)
    return at, [number for number, ink in inks.items() if ink[at - half : at + half].any()]


def _longest_run(flags: npt.NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    best = int(lengths.argmax())
    return int(edges[2 * best]), int(lengths[best])
