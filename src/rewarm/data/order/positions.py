"""Where in its stage a use of a document stands: a number from 0 to 1.

Positions make orders of channels independent of each other: sorted by position, every channel is spread over
the whole stage, so its share of the mix is the same at any time, whatever the order inside of it.

A shuffle gives the uses of an epoch positions that are uniform over the epoch's part of the stage, drawn
anew in each epoch from a hash of ID and use. A curriculum sorts a leaf's documents by their key, divides
them into bands of equal tokens, and shuffles inside each band.
"""

import numpy as np

from rewarm.data.order.plan_rows import Rows

_BELOW_ONE = np.nextafter(1.0, 0.0)


def shuffled(rows: Rows, chosen: np.ndarray) -> np.ndarray:
    """float64 [chosen]: positions of a shuffle. chosen: int64, of the rows."""
    found = np.empty(len(chosen), dtype=np.float64)
    uniform = rows.uniform[chosen]
    for leaf in np.unique(rows.leaf[chosen]).tolist():
        own = np.flatnonzero(rows.leaf[chosen] == leaf)
        found[own] = in_epochs(uniform[own], rows.repeat[chosen[own]], rows.tokens[chosen[own]])
    return found


def in_epochs(uniform: np.ndarray, repeat: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """float64: the uniform numbers, each moved into the part of 0..1 of its epoch, as long as its tokens."""
    share = np.bincount(repeat, tokens)
    total = share.sum()
    if len(share) == 1 or not total:
        return uniform
    share = share / total
    found: np.ndarray = (np.cumsum(share) - share)[repeat] + uniform * share[repeat]
    below_one: np.ndarray = np.minimum(found, _BELOW_ONE)
    return below_one


def curriculum(rows: Rows, chosen: np.ndarray, key: np.ndarray, bands: int) -> np.ndarray:
    """float64 [chosen]: positions by bands of a rising key.

    key: float64 [chosen]; a document without one (NaN) goes to a random band. Every use of a document lies in
    the document's band. Bands are drawn inside each leaf, so that each has the mix of the whole stage.
    """
    found = np.empty(len(chosen), dtype=np.float64)
    inside = shuffled(rows, chosen)
    uniform = rows.uniform[chosen]
    for leaf in np.unique(rows.leaf[chosen]).tolist():
        own = np.flatnonzero(rows.leaf[chosen] == leaf)
        known = own[~np.isnan(key[own])]
        # Uses of one document have one key, so a tie never parts them if ties are broken by document.
        identity = rows.ids[chosen[known]].view(np.uint8).reshape(len(known), -1)
        hashed = np.lexsort((*identity.T[::-1], key[known])) if len(known) else known
        ordered = known[hashed]
        tokens = rows.tokens[chosen[ordered]]
        middle = (np.cumsum(tokens) - tokens / 2) / max(1, tokens.sum())
        band = np.floor(uniform[own] * bands)
        place = np.empty(len(chosen), dtype=np.int64)
        place[own] = np.arange(len(own))
        band[place[ordered]] = np.minimum(np.floor(middle * bands), bands - 1)
        band[place[ordered]] = _of_documents(band[place[ordered]], rows.ids[chosen[ordered]])
        found[own] = (band + inside[own]) / bands
    return np.minimum(found, _BELOW_ONE)


def bands_of(positions: np.ndarray, bands: int) -> np.ndarray:
    """int32: the band of each position."""
    return np.minimum((positions * bands).astype(np.int32), np.int32(bands - 1))


def _of_documents(band: np.ndarray, identities: np.ndarray) -> np.ndarray:
    """The band of the first of equal neighbours for all of them."""
    if not len(band):
        return band
    new = np.concatenate([[True], identities[1:] != identities[:-1]])
    return band[np.maximum.accumulate(np.where(new, np.arange(len(band)), 0))]
