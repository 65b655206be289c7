"""From shares to documents: which of a source's documents a stage takes, how often, how much of them.

Documents are taken whole, least used first and then by a hash of seed and ID, until the budget is met;
the last is cut to fit. No document is used more than `max_epochs` times over all stages. What a
source cannot give makes all stages shorter (`shrink`: the mix stays), or is shared out among the
others (`fill`: the length stays); `recipe.Mix` gives the reason for the default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Draw:
    """documents: int64 [n], with repeats; tokens: int64 [n], used of each; cropped: the last one's rest."""

    documents: np.ndarray
    tokens: np.ndarray
    cropped: int


def budgets(tokens: int, shares: dict[str, float], available: dict[str, int]) -> dict[str, int]:
    """Tokens per source: its share of the stage, at most what is available; sums to `tokens` if that exists.

    available: the most tokens a source can give, epochs counted.
    """
    given = {source: 0 for source in shares}
    open_shares = {source: share for source, share in shares.items() if share > 0}
    left = tokens
    while left > 0 and open_shares:
        total = sum(open_shares.values())
        wanted = {source: left * share / total for source, share in open_shares.items()}
        short = [source for source in open_shares if given[source] + wanted[source] >= available[source]]
        for source in short or open_shares:
            given[source] = min(available[source], given[source] + round(wanted[source]))
            if short:
                given[source] = available[source]
                del open_shares[source]
        left = tokens - sum(given.values())
        if not short:
            break
    return given


def common_factor(
    stages: Sequence[Mapping[str, Any]], room: Sequence[Mapping[str, float]]
) -> tuple[float, str, str]:
    """The factor, at most 1, by which all stages shrink so that every source can give its share.

    stages: with name, tokens, mix and best; room: what each stage could take of a source, epochs counted,
    if no stage came before it. A stage before takes evenly from its own best share of the documents, so
    of a smaller share it has used as much less.
    Returns the factor with the stage and source that decide it, both "" for a factor of 1.
    """
    factor, scarce = 1.0, ("", "")
    for number, stage in enumerate(stages):
        for source, share in stage["mix"].items():
            wanted = stage["tokens"] * share
            if wanted <= 0:
                continue
            for before in stages[:number]:
                overlap = min(1.0, stage["best"] / before["best"])
                wanted += before["tokens"] * before["mix"].get(source, 0.0) * overlap
            if room[number][source] < factor * wanted:
                factor, scarce = room[number][source] / wanted, (stage["name"], source)
    return factor, *scarce


def in_proportion(tokens: float, shares: dict[str, float], available: dict[str, int]) -> dict[str, int]:
    """Tokens per source in exactly these shares: at most `tokens`, fewer where a source has too little."""
    whole = min([tokens, *(available[source] / share for source, share in shares.items() if share > 0)])
    return {source: min(available[source], round(whole * share)) for source, share in shares.items()}


def draw(lengths: np.ndarray, used: np.ndarray, budget: int, max_epochs: float, rank: np.ndarray) -> Draw:
    """Take `budget` tokens of documents with these lengths; counts into `used`.

    lengths: int64 [documents], tokens; used: int64 [documents], earlier uses, changed in place; rank: uint64
    [documents], the least comes first among documents used equally often.
    """
    cap = int(np.ceil(max_epochs))
    taken: list[np.ndarray] = []
    left = budget
    while left > 0:
        candidates = np.flatnonzero((used < cap) & (lengths > 0))
        if not len(candidates):
            break
        least = candidates[used[candidates] == used[candidates].min()]
        least = least[np.argsort(rank[least])]
        reach = np.cumsum(lengths[least])
        chosen = least[: int(np.searchsorted(reach, left)) + 1]
        used[chosen] += 1
        taken.append(chosen)
        left -= int(lengths[chosen].sum())
    chosen = np.concatenate(taken) if taken else np.empty(0, dtype=np.int64)
    tokens = lengths[chosen].copy()
    cropped = max(0, -left)
    if cropped:
        tokens[-1] -= cropped
    return Draw(chosen, tokens, cropped)


def best(quality: np.ndarray, lengths: np.ndarray, share: float, ties: np.ndarray) -> np.ndarray:
    """bool [documents]: the best by quality that together hold this share of the tokens.

    Those without a quality (NaN) come last; ties: [documents], of equal quality the least comes first.
    """
    order = np.lexsort((ties, -quality))
    reach = np.cumsum(lengths[order]) - lengths[order]
    chosen = np.zeros(len(quality), dtype=bool)
    chosen[order] = reach < share * lengths.sum()
    return chosen
