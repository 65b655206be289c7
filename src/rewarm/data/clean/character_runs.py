"""Runs of characters that repeat, white space left out: what takes the place of words in Chinese."""

import numpy as np

from rewarm.data.clean.measures import MEASURES
from rewarm.data.clean.repeats import FREQUENT, MARGIN, REPEATED, repeats
from rewarm.text.characters import SPACE
from rewarm.text.kernel import kernel

# Columns of a row.
_TOP_2CHARS = MEASURES.index("top_2chars")
_DUP_5CHARS = MEASURES.index("dup_5chars")
_DUP_13GRAM = MEASURES.index("dup_13gram")
_FREQUENT_3CHARS = MEASURES.index("frequent_3chars")
_REPEATED_5CHARS = MEASURES.index("repeated_5chars")


@kernel
def measure_character_runs(text: np.ndarray, flags: np.ndarray, row: np.ndarray) -> None:
    """Write the measures of repeated runs of characters into a document's row.

    text: uint32 [characters], code points; flags: uint8 [code points]; row: float64 [measures].
    """
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
    for size in range(2, 5):
        row[_TOP_2CHARS - 2 + size] = found[size] / count
    for size in range(5, 11):
        row[_DUP_5CHARS - 5 + size] = found[size] / count
    row[_DUP_13GRAM] = found[13] / count
    row[_FREQUENT_3CHARS], row[_REPEATED_5CHARS] = found[FREQUENT], found[REPEATED]
