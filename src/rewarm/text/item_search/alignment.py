"""The longest common subsequence of an item and a window, by weight, and where it stands.

Qwen2.5 (2412.15115, section 3) holds a training text contaminated when its longest common subsequence with
a test item is long beside the item. Here a token has a weight, 0 in a template, so that what is counted is
what the item says. O(item x window), for candidates only.
"""

import numpy as np

from rewarm.text.kernel import kernel


@kernel
def common(item: np.ndarray, weight: np.ndarray, window: np.ndarray) -> tuple[float, int, int]:
    """Weight of the longest common subsequence; first place and the place after the last in the window.

    item, window: uint32; weight: float64, of each token of the item. Without anything common: 0, 0, 0.
    """
    rows, columns = len(item), len(window)
    best = np.zeros((rows + 1, columns + 1), np.float64)
    for row in range(rows):
        for column in range(columns):
            value = max(best[row, column + 1], best[row + 1, column])
            if item[row] == window[column]:
                value = max(value, best[row, column] + weight[row])
            best[row + 1, column + 1] = value
    start, stop = columns, 0
    row, column = rows, columns
    while row > 0 and column > 0:
        if best[row, column] == best[row - 1, column]:
            row -= 1
        elif best[row, column] == best[row, column - 1]:
            column -= 1
        else:
            row -= 1
            column -= 1
            start = min(start, column)
            stop = max(stop, column + 1)
    return best[rows, columns], start if stop else 0, stop
