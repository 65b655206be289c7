"""Items whose words stand in a document in another order: by MinHash of windows.

A rewritten question keeps its words and loses its 5-grams. So questions are signed by the set of their
tokens, and so are overlapping windows of every document that are about as long (`text/grams/minhash.py`).
Who meets in a band of signatures is compared as sets, with the window moved to where it fits best.
Work is linear in the text, times the number of lengths in use; a window costs nothing but its signature.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewarm.corpus.arrays import unique_sorted
from rewarm.text.grams.minhash import Signatures, signatures
from rewarm.text.grams.tokens import Tokens
from rewarm.text.item_search.collection import ALONE, TOO_SHORT, Collection
from rewarm.text.item_search.matching import Match, options_beside
from rewarm.text.item_search.window_signatures import window_signatures
from rewarm.text.kernel import kernel

# 20 x 3 find 93 % of pairs at a similarity of 0.5: a window half beside its item is found, too.
_BANDS, _ROWS = 20, 3
# Of a window, how far the next one starts.
_STRIDE = 3
# Lengths of windows: each so many times the one before, so that none is much longer than its item.
_GROWTH = 1.5
_SHORTEST = 20
# A window that starts beside its item looks so much less alike; the sketches err by 0.06, too.
_BESIDE = 0.6
# Of an item's pairs of neighbours, so many stand in the window: in long texts of few words, figures or forms
# say, all sets are alike and neighbours differ.
_TOGETHER = 0.4
_SLICE = 1 << 15
_LOW = np.uint64((1 << 18) - 1)
_NOTHING = np.empty(0, np.uint64)


@dataclass(frozen=True)
class Signed:
    """Items of one length: width of their windows, their numbers, and their signatures."""

    width: int
    items: np.ndarray
    signed: Signatures


def sign(found: Collection) -> list[Signed]:
    """The items that can be compared, by length."""
    lengths = np.array([len(question) for question in found.questions], np.int64)
    usable = np.flatnonzero((found.how != TOO_SHORT) & (lengths >= _SHORTEST))
    steps = np.rint(np.log(lengths[usable] / _SHORTEST) / np.log(_GROWTH)).astype(int)
    groups = []
    for step in unique_sorted(steps):
        items = usable[steps == step]
        hashes = np.concatenate([found.questions[item] for item in items])
        counts = lengths[items].astype(np.int32)
        width = round(_SHORTEST * _GROWTH ** int(step))
        unread = np.empty(len(counts), np.uint8)
        signed = signatures(Tokens(unread, counts, unread, hashes), 1, _NOTHING, _BANDS, _ROWS)
        groups.append(Signed(width, items, signed))
    return groups


def matches(
    tokens: Tokens, chosen: np.ndarray, groups: list[Signed], found: Collection, config: dict[str, Any]
) -> Iterator[tuple[int, Match]]:
    """(document, match) of the chosen documents (int64, ascending), the best window of each item."""
    best: dict[tuple[int, int], Match] = {}
    sets: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    starts = tokens.starts
    for group in groups:
        for document, item, place in _meetings(tokens, chosen, group, _BESIDE * config["paraphrase"]):
            if item not in sets:
                question = found.questions[item]
                sets[item] = unique_sorted(question), unique_sorted(question[found.weights[item] > 0])
            start = starts[document]
            hashes = tokens.hashes[start : start + tokens.counts[document]]
            match = _compare(hashes, item, *sets[item], place, group.width, found, config)
            known = best.get((document, item))
            if match and (known is None or match.score > known.score):
                best[document, item] = match
    for (document, _), match in sorted(best.items()):
        yield document, match


def _meetings(
    tokens: Tokens, chosen: np.ndarray, group: Signed, least: float
) -> Iterator[tuple[int, int, int]]:
    """(document, item, first token of the window) of those that agree in a band and, by the sketches, in
    this share of their tokens."""
    stride = max(1, group.width // _STRIDE)
    sizes = tokens.counts[chosen].astype(np.int64)
    number = np.where(sizes > 0, 1 + np.maximum(0, -(-(sizes - group.width) // stride)), 0)
    document = np.repeat(chosen, number)
    if not len(document):
        return
    place = (np.arange(len(document)) - np.repeat(np.cumsum(number) - number, number)) * stride
    starts = tokens.starts
    # In slices, so that memory hangs on none of the numbers of documents and of candidates.
    for part in (slice(at, at + _SLICE) for at in range(0, len(document), _SLICE)):
        mine, at = document[part], place[part]
        counts = np.minimum(group.width, tokens.counts[mine] - at).astype(np.int32)
        signed = window_signatures(tokens.hashes, starts[mine] + at, counts, stride, _BANDS, _ROWS)
        pairs = [
            _alike(theirs, ours, signed.sketches, group.signed.sketches, least)
            for theirs, ours in zip(signed.keys, group.signed.keys, strict=True)
        ]
        for pair in unique_sorted(np.concatenate(pairs)):
            window, row = divmod(int(pair), len(group.items))
            yield int(mine[window]), int(group.items[row]), int(at[window])


def _alike(
    theirs: np.ndarray, ours: np.ndarray, windows: np.ndarray, items: np.ndarray, least: float
) -> np.ndarray:
    """window x items + item of those with one key (uint64) whose sketches (uint8) agree in this share."""
    # Few windows have a key's low bits, and only they are searched for.
    known = np.zeros(int(_LOW) + 1, np.bool_)
    known[ours & _LOW] = True
    likely = np.flatnonzero(known[theirs & _LOW])
    order = np.argsort(ours, kind="stable")
    first, last = (np.searchsorted(ours[order], theirs[likely], side=side) for side in ("left", "right"))
    times = last - first
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    row = order[np.repeat(first, times) + within]
    window = np.repeat(likely, times)
    alike = (windows[window] == items[row]).mean(axis=1) >= least
    found: np.ndarray = window[alike] * np.int64(len(items)) + row[alike]
    return found


def _compare(
    hashes: np.ndarray,
    item: int,
    distinct: np.ndarray,
    says: np.ndarray,
    place: int,
    width: int,
    found: Collection,
    config: dict[str, Any],
) -> Match | None:
    """The window near `place` that shares most with the item, if that is enough.

    distinct, says: uint32, sorted; the item's tokens, and those of them that have a weight.
    """
    question = found.questions[item]
    length = len(question)
    aside = width // _STRIDE
    first, score = _best_window(
        hashes, max(0, place - aside), place + aside + 1, max(1, width // 12), length, distinct
    )
    if score < config["paraphrase"]:
        return None
    window = unique_sorted(hashes[first : first + length])
    score = min(score, len(np.intersect1d(says, window, assume_unique=True)) / max(1, len(says)))
    if score < config["paraphrase"]:
        return None
    last = min(first + length, len(hashes))
    pairs = unique_sorted(_pairs(question))
    beside = unique_sorted(_pairs(hashes[first:last]))
    together = np.intersect1d(pairs, beside, assume_unique=True).size
    # Of all pairs that its words can make, the share in the window: what would be found by chance.
    chance = len(beside) / max(1, len(window)) ** 2
    if together < max(_TOGETHER, 2 * chance) * len(pairs):
        return None
    if found.how[item] != ALONE and not options_beside(
        hashes, first, last, found.options[item], config["options_coverage"]
    ):
        return None
    return Match(item, "paraphrase", float(score), config["paraphrase"], first, last)


@kernel
def _best_window(
    hashes: np.ndarray, low: int, high: int, step: int, length: int, distinct: np.ndarray
) -> tuple[int, float]:
    """Of windows that start at low, low + step … the one most alike as a set, and its Jaccard similarity.

    distinct: uint32, sorted, the other set.
    """
    first, best = 0, 0.0
    for start in range(low, high, step):
        window = np.sort(hashes[start : start + length])
        size, shared, place = 0, 0, 0
        for at in range(len(window)):
            if at and window[at] == window[at - 1]:
                continue
            size += 1
            while place < len(distinct) and distinct[place] < window[at]:
                place += 1
            shared += place < len(distinct) and distinct[place] == window[at]
        alike = shared / max(1, size + len(distinct) - shared)
        if alike > best:
            first, best = start, alike
    return first, best


def _pairs(tokens: np.ndarray) -> np.ndarray:
    """uint64: each token with the next."""
    pairs: np.ndarray = (tokens[:-1].astype(np.uint64) << np.uint64(32)) | tokens[1:]
    return pairs
