"""A bucket of messages → conversations: sorted by user and time, cut at silences and after a day.

A message without a time takes that of the one before it in the file (else the one after). Two messages
are one when group, speaker and text are equal and their time too, or their id. Only times, groups and
orders are in memory, 24 bytes a message; texts are read conversation by conversation. A user's silence cuts;
within a session or a record the sender said what belongs together, and only the day's cap cuts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewarm.data.collect.conversations.store import NO_TIME, Bucket


@dataclass(frozen=True, slots=True)
class Conversation:
    """identity: the same in every run; rows: messages as `store.SCHEMA` has them, in order.
    duplicates, unordered, untimed: messages that repeat another, came late, had no time."""

    identity: str
    rows: list[dict[str, Any]]
    duplicates: int
    unordered: int
    untimed: int


def conversations(bucket: Bucket, settings: dict[str, Any], most: int) -> Iterator[Conversation]:
    """Conversations by group, then time.

    settings: `Conversations.model_dump()`; most: bytes of a conversation's text.
    """
    times = _filled(bucket.group, bucket.time, bucket.order)
    sorting = np.lexsort((bucket.order, times, bucket.group))
    gap, cap = settings["gap_minutes"] * 6e7, settings["max_hours"] * 3.6e9
    edges = np.flatnonzero(np.diff(bucket.group[sorting])) + 1
    for part in np.split(sorting, edges) if len(sorting) else []:
        by_user = bucket.row(int(part[0]))["by"] == "user"
        when, sizes = times[part].tolist(), bucket.size[part].tolist()
        again = start = size = 0
        for at in range(len(part)):
            silence = by_user and at > start and when[at] - when[at - 1] > gap
            if at > start and (silence or when[at] - when[start] > cap or size + sizes[at] > most):
                yield _conversation(bucket, part[start:at], when[start], again)
                # Conversations that were cut for their size may begin at the same moment, or at none.
                again = again + 1 if when[at] == when[start] else 0
                start, size = at, 0
            size += sizes[at]
        yield _conversation(bucket, part[start:], when[start], again)


def _filled(groups: np.ndarray, given: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Times with gaps closed within each group, in file order; NO_TIME where a group has none."""
    times = given.copy()
    if not (given == NO_TIME).any():
        return times
    inside = np.lexsort((orders, groups))
    for direction in (inside, inside[::-1]):
        known = np.where(times[direction] != NO_TIME, np.arange(len(direction)), -1)
        last = np.maximum.accumulate(known)
        source = direction[np.maximum(last, 0)]
        fits = (last >= 0) & (groups[source] == groups[direction])
        times[direction] = np.where(fits, times[source], NO_TIME)
    return times


def _conversation(bucket: Bucket, rows: np.ndarray, began: int, again: int) -> Conversation:
    kept: list[dict[str, Any]] = []
    seen: set[tuple[str, ...]] = set()
    for at in rows.tolist():
        row = bucket.row(at)
        # An id alone proves nothing: sessions may count from 1, and a call stands beside what was said.
        said = (row["speaker"], row["text"])
        keys: set[tuple[str, ...]] = {("id", row["identity"], *said)} if row["identity"] else set()
        if row["time"] != NO_TIME:
            keys.add(("said", str(row["time"]), *said))
        if not keys & seen:
            kept.append(row)
        seen |= keys
    identity = f"{kept[0]['by']}:{kept[0]['group']:016x}:{began}:{again}"
    unordered = int((np.diff(bucket.order[rows]) < 0).sum())
    untimed = int((bucket.time[rows] == NO_TIME).sum())
    return Conversation(identity, kept, len(rows) - len(kept), unordered, untimed)
