"""Runs of characters that repeat, white space left out: what takes the place of words in Chinese."""

import numpy as np

from rewarm.corpus.characters import SPACE
from rewarm.corpus.kernel import kernel
from rewarm.data.clean.repeats import MARGIN, repeats

_DUP_13GRAM = 34


@kernel
def measure_character_runs(text: np.ndarray, flags: np.ndarray, row: np.ndarray) -> None:
    names = np.empty(len(text) + MARGIN, np.uint32)
    count = 0
    for code in text:
        if flags[code] & SPACE == 0:
            names[count] = code + 1
            count += 1
    if count == 0:
        return
    names = names[: count + MARGIN]
    names[count:] = 0
    found = repeats(names, np.arange(count + 1), 0, 13)
    row[_DUP_13GRAM] = found[13] / count
