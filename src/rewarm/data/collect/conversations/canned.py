"""Canned replies: what an agent says, letter for letter, in more than a share of the conversations.

Replies are compared by letters and digits, case and width folded. Digits count: "电话是…" with another number
is another answer, and what it says is worth learning (of 1,000 CrossWOZ conversations, folding digits would
mask 204 telephone numbers). Exact in bounded memory: what is in more than a share of all conversations is in
more than that share of at least one bucket's (pigeonhole), so only those are counted over all buckets.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from rewarm.data.collect.conversations.grouping import Conversation
from rewarm.data.collect.conversations.words import letters
from rewarm.engine.publish import writing


def key(text: str) -> int:
    """64 bits of a reply; 0 for one without letters or digits, which is never canned."""
    folded = letters(text)
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest(), "big") if folded else 0


def count(path: Path, conversations: Iterable[Conversation]) -> int:
    """Write how many conversations of a bucket hold each reply of an agent; returns their number."""
    found: Counter[int] = Counter()
    number = 0
    for conversation in conversations:
        number += 1
        found.update({key(row["text"]) for row in conversation.rows if row["role"] == "agent"} - {0})
    keys = np.array(sorted(found), dtype=np.uint64)
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as aside, aside.open("wb") as file:
        holding = np.array([found[int(reply)] for reply in keys], np.int64)
        np.savez(file, keys=keys, conversations=holding, all=number)
    return number


def frequent(paths: list[Path], share: float, conversations: int) -> dict[int, tuple[int, float]]:
    """Reply → (conversations, share of all).

    Of those in more than `share` of all conversations and in at least `conversations`.
    """
    candidates: set[int] = set()
    total = 0
    for path in paths:
        with np.load(path) as part:
            candidates.update(part["keys"][part["conversations"] > share * part["all"]].tolist())
            total += int(part["all"])
    wanted = np.array(sorted(candidates), dtype=np.uint64)
    counts = np.zeros(len(wanted), dtype=np.int64)
    for path in paths:
        with np.load(path) as part:
            keys, at = part["keys"], np.searchsorted(part["keys"], wanted)
            here = (
                (at < len(keys)) & (keys[np.minimum(at, max(len(keys) - 1, 0))] == wanted)
                if len(keys)
                else None
            )
            if here is not None:
                counts[here] += part["conversations"][at[here]]
    return {
        int(reply): (int(number), int(number) / total)
        for reply, number in zip(wanted, counts, strict=True)
        if number > share * total and number >= conversations
    }
