"""Writes what became of every document of a shard: keep, and a ledger with the item that matched."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.benchmarks.items import Item
from rewarm.corpus.tables import ledger, masks, texts
from rewarm.corpus.tables.ledger import Verdict
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts
from rewarm.text.grams.tokens import tokens_of
from rewarm.text.item_search import paraphrase
from rewarm.text.item_search.collection import GRAM, Collection
from rewarm.text.item_search.matching import Match, matches
from rewarm.text.item_search.paraphrase import Signed
from rewarm.text.item_search.places import token_places
from rewarm.text.item_search.scan import meeting

_QUESTION = 120
# Characters of the document before the passage that matched.
_BEFORE = 20


def decide_shard(
    shards: str,
    keeps: str,
    name: str,
    folder: str,
    found: Collection,
    signed: list[Signed],
    items: list[Item],
    config: dict[str, Any],
) -> Counts:
    """One shard of documents and of what is kept of them to one of keep and ledger.

    signed: the items, where paraphrases are looked for.
    """
    decided = pq.read_table(Path(keeps, f"{name}.parquet"), columns=["id", "keep", "heldout"])
    keep, heldout = decided["keep"].to_numpy().copy(), decided["heldout"].to_numpy()
    counts: Counts = {"in": len(keep), "not_kept": int((~keep).sum()), "dropped": 0, "masked": 0}
    spans: list[Any] = [None] * len(keep)
    verdicts = []
    if len(found.index.grams):
        rows = texts.read(Path(shards, f"{name}.parquet"), ["id", "text", "source", "origin"])
        tokens = tokens_of(rows["text"])
        starts = tokens.starts
        training = keep & ~heldout
        matched: dict[int, list[Match]] = {}
        for row in meeting(tokens, training, GRAM, found.index, found.need):
            hashes = tokens.hashes[starts[row] : starts[row] + tokens.counts[row]]
            if held := matches(hashes, found, config):
                matched[int(row)] = held
        for row, match in paraphrase.matches(tokens, np.flatnonzero(training), signed, found, config):
            held = matched.setdefault(row, [])
            if all(match.owner != other.owner for other in held):
                held.append(match)
        for row, held in sorted(matched.items()):
            document = {key: rows[key][row].as_py() for key in rows.column_names}
            places = token_places(document["text"])
            covered = masks.merged((match.first, match.last) for match in held)
            part = sum(last - first for first, last in covered) / tokens.counts[row]
            verdict: Literal["drop", "mask"] = "drop" if part >= config["drop_share"] else "mask"
            verdicts.append(_verdict(document, held, places, found, items, verdict))
            name_of = f"{'dropped' if verdict == 'drop' else 'masked'}.{held[0].reason}"
            counts[name_of] = counts.get(name_of, 0) + 1
            if verdict == "mask":
                passages = [(int(places[first, 0]), int(places[last - 1, 1])) for first, last in covered]
                spans[row] = masks.to_rows(passages)
                counts["masked"] += 1
            else:
                counts["dropped"] += 1
                keep[row] = False
    counts["documents"] = int(keep.sum())
    counts["heldout"] = int((keep & heldout).sum())
    table = pa.table(
        {"id": decided["id"], "keep": keep, "heldout": heldout, "masks": pa.array(spans, masks.TYPE)}
    )
    with writing(Path(folder, "keep", f"{name}.parquet")) as aside:
        pq.write_table(table, aside, compression="zstd")
    ledger.write(Path(folder, "ledger", f"{name}.parquet"), verdicts)
    return counts


def _verdict(
    document: dict[str, Any],
    held: list[Match],
    places: np.ndarray,
    found: Collection,
    items: list[Item],
    verdict: Literal["drop", "mask"],
) -> Verdict:
    """The best match's row: which item, and the passage of the document that holds it."""
    best = held[0]
    more = f" (and {len(held) - 1} more)" if len(held) > 1 else ""
    if best.owner < len(items):
        item = items[best.owner]
        match = f"{item.name}{more}: {' '.join(item.question.split())[:_QUESTION]}"
    else:
        match = f"{found.heldout_ids[best.owner - len(items)].decode()}{more}"
    start = max(0, int(places[best.first, 0]) - _BEFORE)
    return Verdict(
        document["id"],
        document["source"],
        "decontaminate",
        verdict,
        best.reason,
        document["origin"],
        document["text"][start : start + ledger.EXCERPT],
        best.score,
        best.threshold,
        match,
    )
