"""Shares of kinds of text under which every merge was the most frequent pair of its moment.

A linear program (Hayase et al. 2024, 2407.16607): the shares are non-negative and add up to 1; a merge that
is rarer than another pair of its moment under these shares costs the difference, which is written to the
merge or to the other pair; the cost of all merges is smallest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewarm.errors import RewarmError


@dataclass(frozen=True, slots=True)
class Moment:
    """Before one merge: its counts [kinds], those of its strongest rivals [rivals, kinds], and the rivals'
    rows, which are the same pair at all moments."""

    merge: np.ndarray
    rivals: np.ndarray
    rows: np.ndarray


def solve(moments: Sequence[Moment], kinds: int) -> np.ndarray:
    """[kinds]. Raises RewarmError without scipy."""
    try:
        from scipy.optimize import linprog
        from scipy.sparse import coo_array
    except ImportError as error:
        raise RewarmError(
            "the shares are a linear program that scipy solves; install it with "
            "`pip install 'rewarm[base-mix]'`"
        ) from error
    lengths = [len(moment.rows) for moment in moments]
    total, count = sum(lengths), len(moments)
    gaps = np.concatenate([moment.rivals - moment.merge for moment in moments])
    _, pair = np.unique(np.concatenate([moment.rows for moment in moments]), return_inverse=True)
    number = np.arange(total)
    rows = np.concatenate([np.repeat(number, kinds), number, number])
    columns = np.concatenate(
        [np.tile(np.arange(kinds), total), kinds + np.repeat(np.arange(count), lengths), kinds + count + pair]
    )
    values = np.concatenate([gaps.ravel(), -np.ones(2 * total)])
    width = kinds + count + int(pair.max(initial=-1)) + 1
    costs = np.ones(width)
    costs[:kinds] = 0
    sums = np.zeros((1, width))
    sums[0, :kinds] = 1
    found = linprog(
        costs, A_ub=coo_array((values, (rows, columns)), shape=(total, width)).tocsr(), b_ub=np.zeros(total),
        A_eq=sums, b_eq=[1.0], method="highs",
    )  # fmt: skip
    if not found.success:  # always feasible: any cost can be paid
        raise RewarmError(f"the linear program of the shares was not solved: {found.message}")
    return np.asarray(found.x[:kinds])
