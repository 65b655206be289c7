"""Draws an entry's documents for a stage, long ones up-sampled where the stage asks for it.

The entry's budget is divided: its share for long documents, the rest for short ones. Where one side cannot
give its part within `max_epochs`, the other gives the rest, and `plan.json` says what was planned and drawn.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewarm.data.mix import shares


@dataclass(frozen=True)
class Drawn:
    """documents: rows of the token table, a use each; tokens, cropped: int64 [documents], taken of each and
    left out of it; long: what `plan.json` says of long documents, empty without a rule."""

    documents: np.ndarray
    tokens: np.ndarray
    cropped: np.ndarray
    long: dict[str, Any]


def draw(
    lengths: np.ndarray, pool: np.ndarray, used: np.ndarray, budget: int, max_epochs: float,
    rank: np.ndarray, rule: dict[str, Any] | None = None,
) -> Drawn:  # fmt: skip
    """Draw `budget` tokens.

    lengths: int64 [all documents]; pool: rows that the entry may draw; used: int64 [all documents], uses so
    far, changed in place; rank: uint64 [all documents], the least comes first of those used equally often;
    rule: `long` and `share` of `stages[].lengths`.
    """
    if rule is None:
        return Drawn(*_draw(lengths, pool, used, budget, max_epochs, rank), {})
    is_long = lengths[pool] >= rule["long"]
    long, short = pool[is_long], pool[~is_long]
    cap = int(np.ceil(max_epochs))
    room_long, room_short = (
        int((np.maximum(0, cap - used[rows]) * lengths[rows]).sum()) for rows in (long, short)
    )
    # Decided before drawing: a document that is cropped for one budget is used up for the other.
    planned = min(max(round(rule["share"] * budget), budget - room_short), room_long)
    found = [
        _draw(lengths, rows, used, part, max_epochs, rank)
        for rows, part in ((long, planned), (short, budget - planned))
    ]
    documents, tokens, cropped = (np.concatenate(columns) for columns in zip(*found, strict=True))
    given = int(found[0][1].sum())
    about = {
        "tokens_at_least": rule["long"],
        "planned_share": rule["share"],
        "share": given / max(1, int(tokens.sum())),
        "tokens": given,
        "documents": len(np.unique(found[0][0])),
        "epochs": given / max(1, int(lengths[long].sum())),
        "share_of_corpus": float(lengths[long].sum() / max(1, lengths[pool].sum())),
    }
    return Drawn(documents, tokens, cropped, about)


def _draw(
    lengths: np.ndarray, pool: np.ndarray, used: np.ndarray, budget: int, max_epochs: float,
    rank: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    uses = used[pool]
    drawn = shares.draw(lengths[pool], uses, budget, max_epochs, rank[pool])
    used[pool] = uses
    cropped = np.zeros(len(drawn.documents), dtype=np.int64)
    if drawn.cropped:
        cropped[-1] = drawn.cropped
    return pool[drawn.documents], drawn.tokens, cropped
