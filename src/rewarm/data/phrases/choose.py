"""From runs to the table of phrases: what is frequent as a whole, and no part of a longer one."""

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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


def plain(text: str) -> str:
    """Letters and digits only, lowered: what two spellings of a phrase share."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def choose(runs: pa.Table, totals: dict[str, int], config: dict[str, Any]) -> pa.Table:
    """The phrases, most characters first.

    runs: one row for each phrase and document that holds it; `text` may be null but once a key.
    totals: documents by source. `keeps`: ids of the documents that keep theirs, the smallest ids; `chars`:
    what the verdict takes or would take. verdict: `cap`, `report` or `allowed`.
    """
    allowed = [plain(phrase) for phrase in config["allow"]]
    groups = (
        runs.group_by(["source", "key"])
        .aggregate([("id", "count_distinct"), ("text", "max"), ("odds", "min"), ("chars", "max")])
        .to_pylist()
    )
    found = []
    for group in groups:
        total = totals[group["source"]]
        least = max(config["min_documents"], config["min_share"] * total)
        if group["id_count_distinct"] >= least:
            found.append({**group, "plain": plain(group["text_max"] or ""), "total": total})
    found.sort(key=lambda row: (-row["chars_max"], row["source"], row["key"]))
    whole: list[dict[str, Any]] = []
    for row in found[:_LISTED]:
        inside = (
            longer["source"] == row["source"]
            and row["plain"] in longer["plain"]
            and row["id_count_distinct"] < _MORE * longer["id_count_distinct"]
            for longer in whole
        )
        if not any(inside):
            whole.append(row)
    listed = []
    for row in whole:
        mine = pc.and_(pc.equal(runs["key"], row["key"]), pc.equal(runs["source"], row["source"]))
        ids = np.unique(runs.filter(mine)["id"].to_numpy(zero_copy_only=False)).tolist()
        free = any(one and (one in row["plain"] or row["plain"] in one) for one in allowed)
        listed.append(
            {
                "source": row["source"],
                "phrase": (row["text_max"] or "")[:_LONGEST],
                "documents": len(ids),
                "share": len(ids) / row["total"],
                "log_odds": None if math.isnan(row["odds_min"]) else row["odds_min"],
                "chars": 0 if free else row["chars_max"] * max(0, len(ids) - config["keep"]),
                "verdict": "allowed" if free else "report" if config["action"] == "report" else "cap",
                "key": row["key"],
                "keeps": [] if free else ids[: config["keep"]],
                "examples": ids[-_EXAMPLES:],
            }
        )
    listed.sort(key=lambda row: (-row["chars"], -row["documents"], row["source"], row["key"]))
    return pa.Table.from_pylist(listed, schema=TABLE)
