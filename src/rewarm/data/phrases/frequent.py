"""Which windows are over-frequent in a source: by share of documents, and by odds against other text."""

import math
from typing import Any

import numpy as np


def over_frequent(
    held: dict[str, np.ndarray], sampled: dict[str, int], others: dict[str, list[str]], config: dict[str, Any]
) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Source → hashes (uint64, sorted), documents of the source that hold each, log-odds (nan: none else).

    held: source → uint64, the distinct windows of every sampled document, one after the other;
    sampled: source → how many documents these are; others: source → sources to compare with.
    """
    found = {}
    for source, hashes in held.items():
        documents = sampled[source]
        least = max(2, math.ceil(config["min_share"] * documents), config["min_documents"])
        ordered = np.sort(hashes)
        values, counts = np.unique(ordered, return_counts=True)
        often = counts >= least
        values, counts = values[often], counts[often]
        odds = log_odds(counts, documents, *_elsewhere(values, held, sampled, others[source]))
        stays = np.isnan(odds) | (odds >= config["min_log_odds"])
        found[source] = values[stays], counts[stays], odds[stays]
    return found


def log_odds(here: np.ndarray, documents: int, there: np.ndarray, other: int) -> np.ndarray:
    """float64 [phrases]: log of the odds that a document here holds a phrase, by the odds of one elsewhere.

    here, there: int64 [phrases], documents that hold it, of `documents` and of `other`. Half a document is
    added on each side, so that a count of zero gives no infinite value. NaN when `other` is 0.
    """
    if not other:
        return np.full(len(here), np.nan)
    result: np.ndarray = np.log((here + 0.5) / (documents - here + 0.5)) - np.log(
        (there + 0.5) / (other - there + 0.5)
    )
    return result


def _elsewhere(
    values: np.ndarray, held: dict[str, np.ndarray], sampled: dict[str, int], others: list[str]
) -> tuple[np.ndarray, int]:
    """How many documents of other sources hold each value, and how many there are."""
    counts = np.zeros(len(values), np.int64)
    for other in others:
        if len(values):
            place = np.minimum(np.searchsorted(values, held[other]), len(values) - 1)
            counts += np.bincount(place[values[place] == held[other]], minlength=len(values))
    return counts, sum(sampled[other] for other in others)
