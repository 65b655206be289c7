"""From a path of documents to groups that fit into a sequence.

No document is cut for a group. A document that does not fit any more is left for the next group, and one of
the next `AHEAD` on the path that fits takes its place: it is related too. So sequences are nearly full, and
packing fills the rest with documents that stand alone.
"""

import numpy as np

from rewarm.text.kernel import kernel

AHEAD = 16


def cut(tokens: np.ndarray, path: np.ndarray, seq_len: int, ahead: int) -> tuple[np.ndarray, np.ndarray]:
    """Groups of a path's documents, of at most `seq_len` tokens each.

    tokens, path: int64 [documents], in the order of the paths; ahead: documents among which one is looked for
    that still fits; 0 keeps the order.
    Returns int64 [documents] twice: their new order, and the number of each one's group.
    """
    order, group = np.empty(len(tokens), dtype=np.int64), np.empty(len(tokens), dtype=np.int64)
    _cut(tokens, path, seq_len, ahead, order, group)
    return order, group


@kernel
def _cut(
    tokens: np.ndarray, path: np.ndarray, seq_len: int, ahead: int, order: np.ndarray, group: np.ndarray
) -> None:
    taken = np.zeros(len(tokens), dtype=np.bool_)
    first, count, number = 0, 0, 0
    while first < len(tokens):
        if taken[first]:
            first += 1
            continue
        room = seq_len
        at, missed = first, 0
        while at < len(tokens) and path[at] == path[first] and missed <= ahead:
            if not taken[at]:
                if tokens[at] <= room or at == first:
                    taken[at] = True
                    room -= tokens[at]
                    order[count], group[count] = at, number
                    count += 1
                else:
                    missed += 1
            at += 1
        number += 1
