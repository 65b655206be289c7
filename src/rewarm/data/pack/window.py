"""Packs the documents of one window into sequences, and puts the sequences in their order.

What is packed are units: a document, a part of a document that is longer than a sequence, or documents of one
group (`order` makes groups of related documents). Documents of a group follow each other and attend to each
other; all others are isolated. The sequences of a window are shuffled, because the parts of a long document,
or the passes over one, would else follow each other and an update would train on one book. Of two sequences
in a row, no two are of one path of related documents where that can be helped, so that an update holds
different subjects.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rewarm.corpus.tables import ids
from rewarm.data.pack import best_fit
from rewarm.data.pack.splitting import KINDS
from rewarm.text.kernel import kernel

Cutter = Callable[[int, int], tuple[np.ndarray, np.ndarray]]

# Sequences ahead among which one of another path is looked for.
_AHEAD = 256
# Less room by which a cut away from boundaries is worth it, where the padding stays too high all the same.
_WORTH = 0.01
# What share of a sequence a cut may lie before its end, as one part in so many; with the last, only so that
# no character is cut.
_SLACKS = (8, 32, 128, 1 << 30)
# Of the 48 bits that tell the parts of all uses of a document apart, those that hold a part's first token.
_START_BITS = 31
# What share of the groups may be given up, whose documents then fill the room that the others leave.
_GIVEN_UP = (0.0, 0.125, 0.25)


@dataclass(frozen=True)
class Documents:
    """The documents of a window, in order. ids: V10; tokens: int64, used of each; group: int64, -1 alone;
    path: int64, of related documents, -1 for none."""

    ids: np.ndarray
    tokens: np.ndarray
    group: np.ndarray
    path: np.ndarray

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True)
class Packed:
    """The sequences of a window, in order, as segments. sizes: int64 [sequences], segments of each. One entry
    a segment: document (int64, its place in the window), start, length (int64, tokens of the document),
    joined (bool, attends to the segment before it), last (bool, nothing of this use of the document follows).
    cut: int64 [kinds], cuts by what lies before them (`splitting.KINDS`)."""

    sizes: np.ndarray
    document: np.ndarray
    start: np.ndarray
    length: np.ndarray
    joined: np.ndarray
    last: np.ndarray
    cut: np.ndarray


@dataclass(frozen=True)
class _Parts:
    """One entry a part, as in `Packed`, in the order of the documents."""

    document: np.ndarray
    start: np.ndarray
    length: np.ndarray
    cut: np.ndarray


@dataclass(frozen=True)
class _Placed:
    """Parts and their sequences. follows: bool [parts], joined with the part before; sequence: int64 [parts];
    within: int64 [parts], rises inside a sequence; room: share of all sequences but the emptiest that is
    left."""

    parts: _Parts
    follows: np.ndarray
    sequence: np.ndarray
    within: np.ndarray
    room: float


def pack(
    window: Documents, seq_len: int, seed: int, method: str, max_padding: float, cutter: Cutter | None
) -> Packed:
    """Place every token of every document in exactly one sequence of at most `seq_len` tokens.

    seed: of the shuffle of the sequences. method: `best_fit` or `concatenate`. max_padding: the share of room
    up to which cuts lie at boundaries and groups stay whole. cutter: of a document by its place in the window
    and a slack, gives the first tokens of its parts and what lies before each (`splitting.cuts`); None cuts
    at the sequence's length.
    """
    placed = (
        _concatenated(window, seq_len)
        if method == "concatenate"
        else _best_fit(window, seq_len, seed, max_padding, cutter)
    )
    parts, sequence, within = placed.parts, placed.sequence, placed.within
    order = np.lexsort((within, sequence))
    sizes = np.bincount(sequence).astype(np.int64)
    firsts = order[np.cumsum(sizes) - sizes]
    first = parts.document[firsts]
    apart = parts.start[firsts] + (_uses(window.ids)[first] << _START_BITS)
    rank = ids.ranks(window.ids[first], "pack", seed, repeat=apart)
    paths = _paths(window.path[parts.document], sequence, len(sizes))
    shuffled = _apart(np.argsort(rank, kind="stable"), paths)
    place_of = np.empty(len(sizes), dtype=np.int64)
    place_of[shuffled] = np.arange(len(sizes))
    order = np.lexsort((within, place_of[sequence]))
    starts_a_sequence = np.zeros(len(order), dtype=bool)
    sizes = sizes[shuffled]
    starts_a_sequence[np.cumsum(sizes) - sizes] = True
    document, start, length = parts.document[order], parts.start[order], parts.length[order]
    return Packed(
        sizes=sizes,
        document=document,
        start=start,
        length=length,
        joined=placed.follows[order] & ~starts_a_sequence,
        last=start + length == window.tokens[document],
        cut=parts.cut,
    )


def _uses(identities: np.ndarray) -> np.ndarray:
    """int64 [documents]: how often the document occurs earlier in the window."""
    _, number = np.unique(ids.sortable(identities), return_inverse=True)
    order = np.argsort(number, kind="stable")
    counts = np.bincount(number)
    uses = np.empty(len(number), dtype=np.int64)
    uses[order] = np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts, counts)
    return uses


def _best_fit(
    window: Documents, seq_len: int, seed: int, max_padding: float, cutter: Cutter | None
) -> _Placed:
    """The first way of cutting that leaves no more room than `max_padding`: cuts at ever nearer boundaries,
    then ever more groups given up. Where none does, no group is given up, and cuts move
    only where that leaves clearly less room."""
    best: _Placed | None = None
    slacks = _SLACKS if cutter is not None and (window.tokens > seq_len).any() else _SLACKS[-1:]
    grouped = bool((window.group >= 0).any())
    for slack, given_up in [(slack, 0.0) for slack in slacks] + [
        (_SLACKS[-1], share) for share in _GIVEN_UP[1:]
    ]:
        if given_up and not grouped:
            break
        parts = _parts(window.tokens, seq_len, _with_slack(cutter, slack))
        placed = _placed(_with_groups(window, given_up, seed), parts, seq_len)
        if placed.room <= max_padding:
            return placed
        if not given_up and (best is None or placed.room < best.room - _WORTH):
            best = placed
    assert best is not None
    return best


def _with_slack(cutter: Cutter | None, slack: int) -> Callable[[int], tuple[np.ndarray, np.ndarray]] | None:
    """The cutter with a slack; None cuts at the sequence's length."""
    if cutter is None:
        return None
    return lambda document: cutter(document, slack)


def _with_groups(window: Documents, given_up: float, seed: int) -> Documents:
    """The documents, of which a share of the groups is none."""
    if not given_up:
        return window
    _, first, number = np.unique(window.group, return_index=True, return_inverse=True)
    drawn = ids.ranks(window.ids[first], "given up", seed)[number] < np.uint64(given_up * 2.0**64)
    return replace(window, group=np.where(drawn, -1, window.group))


def _placed(window: Documents, parts: _Parts, seq_len: int) -> _Placed:
    follows = _follows(window, parts)
    unit = _units(parts.length, follows, seq_len)
    follows &= np.concatenate([[False], unit[1:] == unit[:-1]])[: len(unit)]
    lengths = np.bincount(unit, parts.length).astype(np.int64)
    of_unit = best_fit.pack(lengths, seq_len)
    # Inside a sequence, units stand from the longest to the shortest.
    place = np.empty(len(lengths), dtype=np.int64)
    place[np.argsort(-lengths, kind="stable")] = np.arange(len(lengths))
    filled = np.sort(np.bincount(of_unit, lengths))[1:]
    room = 1 - filled.mean() / seq_len if len(filled) else 0.0
    return _Placed(parts, follows, of_unit[unit], place[unit], float(room))


def _parts(
    tokens: np.ndarray, seq_len: int, cutter: Callable[[int], tuple[np.ndarray, np.ndarray]] | None
) -> _Parts:
    """Documents without tokens have none."""
    documents = np.flatnonzero(tokens)
    counts = np.ones(len(documents), dtype=np.int64)
    cut = np.zeros(len(KINDS), dtype=np.int64)
    long = np.flatnonzero(tokens[documents] > seq_len)
    found: list[np.ndarray] = []
    for at in long.tolist():
        if cutter is None:
            starts = np.arange(seq_len, tokens[documents[at]], seq_len, dtype=np.int64)
            kinds = np.zeros(len(starts), dtype=np.int64)
        else:
            starts, kinds = cutter(int(documents[at]))
        found.append(starts)
        counts[at] += len(starts)
        cut += np.bincount(kinds, minlength=len(KINDS))
    document = np.repeat(documents, counts)
    start = np.zeros(len(document), dtype=np.int64)
    firsts = np.cumsum(counts) - counts
    for at, starts in zip(long.tolist(), found, strict=True):
        start[firsts[at] + 1 : firsts[at] + 1 + len(starts)] = starts
    stop = np.concatenate([start[1:], [0]])[: len(start)]
    lasts = firsts + counts - 1
    stop[lasts] = tokens[documents]
    return _Parts(document, start, stop - start, cut)


def _concatenated(window: Documents, seq_len: int) -> _Placed:
    documents = np.flatnonzero(window.tokens)
    tokens = window.tokens[documents]
    ends = np.cumsum(tokens)
    total = int(ends[-1]) if len(ends) else 0
    edges = np.union1d(np.concatenate([[0], ends]), np.arange(0, total, seq_len)).astype(np.int64)
    at = np.searchsorted(ends, edges[:-1], side="right")
    start = edges[:-1] - (ends - tokens)[at]
    cut = np.zeros(len(KINDS), dtype=np.int64)
    cut[0] = int((start > 0).sum())
    parts = _Parts(documents[at], start, np.diff(edges), cut)
    return _Placed(parts, _follows(window, parts), edges[:-1] // seq_len, np.arange(len(at)), 0.0)


def _follows(window: Documents, parts: _Parts) -> np.ndarray:
    """bool [parts]: whole documents or beginnings of the same group as the part before."""
    group = window.group[parts.document]
    found = np.zeros(len(group), dtype=bool)
    found[1:] = (group[1:] >= 0) & (group[1:] == group[:-1]) & (parts.document[1:] != parts.document[:-1])
    return found


@kernel
def _units(length: np.ndarray, follows: np.ndarray, seq_len: int) -> np.ndarray:
    unit = np.empty(len(length), dtype=np.int64)
    count, held = 0, 0
    for part in range(len(length)):
        if part and not (follows[part] and held + length[part] <= seq_len):
            count += 1
            held = 0
        held += length[part]
        unit[part] = count
    return unit


def _paths(path: np.ndarray, sequence: np.ndarray, sequences: int) -> np.ndarray:
    """int64 [sequences]: the path of each sequence's related documents, -1 for none."""
    found = np.full(sequences, -1, dtype=np.int64)
    np.maximum.at(found, sequence, path)
    return found


def _apart(order: np.ndarray, path: np.ndarray) -> np.ndarray:
    """The order, changed where a sequence follows one of its own path."""
    if (path < 0).all():
        return order
    order = order.copy()
    _part(order, path, _AHEAD)
    return order


@kernel
def _part(order: np.ndarray, path: np.ndarray, ahead: int) -> None:
    for at in range(1, len(order)):
        before = path[order[at - 1]]
        if before < 0 or path[order[at]] != before:
            continue
        found = -1
        for other in range(at + 1, min(at + ahead, len(order))):
            if path[order[other]] != before:
                found = other
                break
        # Near the end none is left: one from before, between two of other paths.
        if found < 0 and (at + 1 == len(order) or path[order[at + 1]] == before):
            for other in range(at - 2, max(0, at - ahead), -1):
                around = path[order[other - 1]] != before and path[order[other + 1]] != before
                if around and path[order[other]] != before:
                    found = other
                    break
        if found >= 0:
            order[at], order[found] = order[found], order[at]
