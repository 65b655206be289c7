"""The mark of benchmark items that rewarm builds: a text that occurs nowhere else.

`collect` refuses records that carry it, in a field of their own or anywhere in their text, so a folder of
sources may hold a built benchmark, a page that shows it, or a copy in another format.
"""

from collections.abc import Mapping

# As in the items themselves (`evaluate/tasks/item.py`).
CANARY = "rewarm:benchmark:do-not-train:5f0d9c3e-6f0b-4a55-9d1c-0a4b1f7f3a51"
_DEPTH = 8


def carries(value: object, depth: int = _DEPTH) -> bool:
    """Whether a text, or a record's values down to some depth, hold the mark."""
    if isinstance(value, str):
        return CANARY in value
    if depth and isinstance(value, Mapping):
        return any(carries(part, depth - 1) for part in value.values())
    return bool(depth) and isinstance(value, list) and any(carries(part, depth - 1) for part in value)


def recall(record: Mapping[str, object]) -> bool:
    """Whether a record is an item about a document that the run trains on. Its question is a sentence of that
    document, which would be found, and dropped, as a leak."""
    origin = record.get("origin")
    return record.get("canary") == CANARY and isinstance(origin, Mapping) and origin.get("set") == "recall"
