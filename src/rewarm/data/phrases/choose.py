"""From runs to the table of phrases: what is frequent as a whole, and no part of a longer one."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

RUNS = pa.schema(
    [("id", pa.string()), ("source", pa.string()), ("key", pa.int64()), ("chars", pa.int64()),
     ("odds", pa.float64()), ("text", pa.string())]
)  # fmt: skip
TABLE = pa.schema(
    [("source", pa.string()), ("phrase", pa.string()), ("documents", pa.int64()), ("share", pa.float64()),
     ("log_odds", pa.float64()), ("chars", pa.int64()), ("verdict", pa.string()), ("key", pa.int64()),
     ("keeps", pa.list_(pa.string())), ("examples", pa.list_(pa.string()))]
)  # fmt: skip
# A phrase inside a longer one is told only when so many more documents hold it.
_MORE = 1.25
_LONGEST = 4000
_LISTED = 5000
_EXAMPLES = 3
UNLISTED = b"rewarm.unlisted"


def plain(text: str) -> str:
    """Letters and digits only, lowered: what two spellings of a phrase share."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def choose(runs: pa.Table, totals: dict[str, int], config: dict[str, Any]) -> pa.Table:
    """The phrases, those first that cost most; its metadata says how many more there were (`UNLISTED`).

    runs: one row for each phrase and document that holds it; `text` stands at least at the smallest id of a
    phrase, whose spelling is the one that is told.
    totals: documents by source. `keeps`: ids of the documents that keep theirs, the smallest ids; `chars`:
    what the verdict takes or would take. verdict: `cap`, `report` or `allowed`.
    """
    allowed = [plain(phrase) for phrase in config["allow"]]
    found = []
    for group in _groups(runs):
        total = totals[group["source"]]
        if len(group["ids"]) >= max(config["min_documents"], config["min_share"] * total):
            found.append({**group, "plain": plain(group["text"]), "total": total})
    found.sort(key=lambda row: (-_cost(row, config["keep"]), row["source"], row["key"]))
    left = max(0, len(found) - _LISTED)
    whole: list[dict[str, Any]] = []
    # The longest first, since a phrase can only be a part of a longer one.
    for row in sorted(found[:_LISTED], key=lambda row: (-row["chars"], row["source"], row["key"])):
        inside = (
            longer["source"] == row["source"]
            and len(row["ids"]) < _MORE * len(longer["ids"])
            and row["plain"] in longer["plain"]
            for longer in whole
        )
        if not any(inside):
            whole.append(row)
    listed = []
    for row in whole:
        ids = row["ids"].to_pylist()
        free = any(one and (one in row["plain"] or row["plain"] in one) for one in allowed)
        listed.append(
            {
                "source": row["source"],
                "phrase": row["text"][:_LONGEST],
                "documents": len(ids),
                "share": len(ids) / row["total"],
                "log_odds": None if math.isnan(row["odds"]) else row["odds"],
                "chars": 0 if free else _cost(row, config["keep"]),
                "verdict": "allowed" if free else "report" if config["action"] == "report" else "cap",
                "key": row["key"],
                "keeps": [] if free else ids[: config["keep"]],
                "examples": ids[-_EXAMPLES:],
            }
        )
    listed.sort(key=lambda row: (-row["chars"], -row["documents"], row["source"], row["key"]))
    return pa.Table.from_pylist(listed, schema=TABLE).replace_schema_metadata({UNLISTED: str(left)})


def _cost(row: dict[str, Any], keep: int) -> int:
    """Characters that capping a phrase takes."""
    return int(row["chars"]) * max(0, len(row["ids"]) - keep)


def _groups(runs: pa.Table) -> Iterator[dict[str, Any]]:
    """Source, key, ids (sorted), text of the smallest, odds, most characters: one sort, whatever the number
    of phrases."""
    runs = runs.sort_by([(name, "ascending") for name in ("source", "key", "id")]).combine_chunks()
    if not len(runs):
        return
    keys, sources = runs["key"].to_numpy(), runs["source"].dictionary_encode().combine_chunks()
    codes = (sources.chunk(0) if isinstance(sources, pa.ChunkedArray) else sources).indices.to_numpy()
    edges = np.flatnonzero((keys[1:] != keys[:-1]) | (codes[1:] != codes[:-1])) + 1
    ids, texts, chars = runs["id"], runs["text"], runs["chars"].to_numpy()
    for start, end in pairwise([0, *edges.tolist(), len(runs)]):
        yield {
            "source": runs["source"][start].as_py(),
            "key": int(keys[start]),
            "ids": ids.slice(start, end - start),
            "text": texts[start].as_py(),
            "odds": runs["odds"][start].as_py(),
            "chars": int(chars[start:end].max()),
        }
