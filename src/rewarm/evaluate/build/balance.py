"""The order in which candidates become items: sources, labels and kinds in turn, documents with a limit."""

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from rewarm.evaluate.tasks.item import Item

Entry = TypeVar("Entry")


def draw(seed: int, *parts: object) -> bytes:
    """A key that entries are shuffled by: the same in every process."""
    return hashlib.blake2b(
        "\0".join(map(str, (seed, *parts))).encode("utf-8", "replace"), digest_size=8
    ).digest()


def fill(
    entries: Iterable[tuple[Hashable, Entry]], accept: Callable[[Entry], Item | None], most: int
) -> list[Item]:
    """Items of entries, so that every group has as many as it can up to an equal share.

    entries: (group, entry), in order in a group; accept: the item of an entry, or None where it has none;
    most: items at most. The next entry always comes from the group with the fewest items so far.
    """
    groups: dict[Hashable, deque[Entry]] = defaultdict(deque)
    for group, entry in entries:
        groups[group].append(entry)
    order = sorted(groups, key=str)
    taken: Counter[Hashable] = Counter()
    found: list[Item] = []
    while order and len(found) < most:
        group = min(order, key=lambda one: taken[one])
        item = accept(groups[group].popleft())
        if item is not None:
            found.append(item)
            taken[group] += 1
        if not groups[group]:
            order.remove(group)
    return found


class Limit:
    """At most so many items of a document."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    def full(self, document: str) -> bool:
        """Whether a document has all its items."""
        return self._taken[document] >= self._most

    def take(self, document: str) -> None:
        """Count an item of a document."""
        self._taken[document] += 1
