"""Whether two texts that are nearly equal are also about the same thing.

References, forms and disease lists are written on a template: an entry differs from the next in a
name and little else, and no threshold of similarity tells that from an edited copy. What tells it is
*how* they differ. A copy's edits are scattered; an entry's name is its title, and stands for the
other's name throughout. So two documents differ in subject when

- each has a token that is repeated throughout and that the other lacks (svn here, svnlook there), or
- their titles, short first lines, share less than half of their tokens, while the texts differ in
  more than a few places (similarity below 0.95): long copies under another headline are copies.

Scattered edits seldom remove every occurrence of a repeated token on both sides. Price: copies of
short texts under different headlines stay.
"""

from typing import Any

import numpy as np

from rewarm.text.grams.gram_sets import IN_TITLE, REPEATED
from rewarm.text.kernel import kernel

_ALMOST_EQUAL = 0.95


@kernel
def same_subject(
    one: np.ndarray, other: np.ndarray, similarity: float, table: np.ndarray, stamp: int, hit: np.ndarray
) -> bool:
    """one, other: uint32, `vocabularies` of one document each; similarity: of their gram sets.

    table: uint64, a power of two and twice as many as tokens of `one`, in which no entry is marked with
    `stamp` (1..2^32); hit: bool, at least as long as `one`; both are scratch.
    """
    low = np.uint64(0xFFFFFFFF)
    mark = np.uint64(stamp)
    mask = np.uint64(len(table) - 1)
    titles = 0
    shared_title = 0
    for position in range(len(one)):
        hit[position] = False
        place = np.uint64(one[position] >> np.uint32(2)) & mask
        while (table[place] >> np.uint64(32)) == mark:
            place = (place + np.uint64(1)) & mask
        table[place] = (mark << np.uint64(32)) | np.uint64(position)
        titles += (one[position] & np.uint32(IN_TITLE)) != 0
    other_titles = 0
    only_other = False
    for token in other:
        place = np.uint64(token >> np.uint32(2)) & mask
        shared = False
        while (table[place] >> np.uint64(32)) == mark:
            entry: Any = np.int64(table[place] & low)
            if (one[entry] >> np.uint32(2)) == (token >> np.uint32(2)):
                shared = True
                hit[entry] = True
                if (token & one[entry] & np.uint32(IN_TITLE)) != 0:
                    shared_title += 1
                break
            place = (place + np.uint64(1)) & mask
        other_titles += (token & np.uint32(IN_TITLE)) != 0
        if not shared and (token & np.uint32(REPEATED)) != 0:
            only_other = True
    other_title = 2 * shared_title < titles + other_titles - shared_title
    if titles and other_titles and other_title and similarity < _ALMOST_EQUAL:
        return False
    if only_other:
        for position in range(len(one)):
            if not hit[position] and (one[position] & np.uint32(REPEATED)) != 0:
                return False
    return True
