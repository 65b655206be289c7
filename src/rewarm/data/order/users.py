"""Documents of one user, in order of time: the conversations of a customer, say.

The user is a field of the record. Where the record says when a conversation began (`began`), or `collect`
found a date, documents are sorted by it; else they keep the order of the source.
"""

from typing import Any

import numpy as np
import orjson

from rewarm.corpus.tables import documents, ids, texts
from rewarm.engine.work import Work

_TIMES = ("began", "date", "time", "timestamp", "created_at")


def users(work: Work, wanted: np.ndarray, field: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Documents of users with several.

    wanted: V10, distinct. Returns int64 [documents], places in `wanted` user after user and in order of time;
    int64, the number of each one's user; and how many documents have no such field.
    """
    place = {key: at for at, key in enumerate(ids.sortable(wanted).tolist())}
    found: dict[str, list[tuple[str, int, int]]] = {}
    seen, unknown = 0, 0
    for shard in documents.shards(work.table("documents")):
        for batch in texts.batches(shard, ["id", "source", "meta"]):
            for identity, source, meta in zip(
                batch["id"].to_pylist(), batch["source"].to_pylist(), batch["meta"].to_pylist(), strict=True
            ):
                seen += 1
                at = place.get(identity.encode())
                if at is None:
                    continue
                about = _read(meta)
                user = _value(about, field)
                if user is None:
                    unknown += 1
                    continue
                time = next((str(about[name]) for name in _TIMES if about.get(name)), "")
                found.setdefault(f"{source}\0{user}", []).append((time, seen, at))
    several = [sorted(own) for _, own in sorted(found.items()) if len(own) > 1]
    order = np.array([at for own in several for _, _, at in own], dtype=np.int64)
    number = np.repeat(np.arange(len(several)), [len(own) for own in several]).astype(np.int64)
    return order, number, unknown


def _read(meta: str) -> dict[str, Any]:
    try:
        found = orjson.loads(meta or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _value(about: dict[str, Any], field: str) -> str | None:
    """The value of a dotted field; None where there is none."""
    here: object = about
    for name in field.split("."):
        if not isinstance(here, dict) or name not in here:
            return None
        here = here[name]
    return None if here in (None, "") or isinstance(here, dict | list) else str(here)
