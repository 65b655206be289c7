"""Writes the documents of a shard without what others have: documents, keep, ledger."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import ledger, masks, texts
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.trim.cuts import Cut, Decision, decide
from rewarm.data.trim.fingerprints import Lengths, lengths
from rewarm.data.trim.gaps import leaves_gap, of_articles
from rewarm.data.trim.matches import Matches, matches_of
from rewarm.data.trim.meetings import in_precedence
from rewarm.data.trim.tables import INDEX, MEETINGS, load, load_one
from rewarm.data.trim.unlearnt import unlearnt
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts

_BATCH = 1024
_READ = ["id", "source", "origin", "text", "masks"]
KEEP = pa.schema([("id", pa.string()), ("keep", pa.bool_()), ("heldout", pa.bool_())])


def edit_shard(source: str, keep: str, number: int, folder: str, config: dict[str, Any]) -> Counts:
    """One shard: source, keep: files of documents and of id, keep, heldout, aligned."""
    target, name = Path(folder), Path(source).name
    limits = lengths(config["words"], config["characters"], config["sentences"])
    decided = pq.read_table(keep)
    wanted, heldout = (decided[column].to_numpy() for column in ("keep", "heldout"))
    index = load(target / INDEX) if config["enabled"] else {}
    matches = matches_of_shard(target, number, index, limits) if config["enabled"] else {}
    met = np.zeros(len(wanted), bool)
    met[list(matches)] = True
    verdicts: list[Verdict] = []
    counts: Counts = dict.fromkeys(
        ("in", "not_kept", "documents", "dropped", "edited", "masked", "cuts", "masks", "bytes"), 0
    )
    kept_ids: list[pa.Array] = []
    kept_held: list[np.ndarray] = []
    start = 0
    with texts.Writer(target, Path(source)) as writer:
        for part in texts.parts(Path(source), _READ, _BATCH):
            batch = part.rows
            rows = np.arange(start, start + len(batch))
            start += len(batch)
            counts["in"] += len(rows)
            counts["not_kept"] += int((~wanted[rows]).sum())
            stays = wanted[rows].copy()
            changed: dict[int, dict[str, Any]] = {}
            for row in rows[wanted[rows] & met[rows]].tolist():
                document = batch.slice(row - rows[0], 1).to_pylist()[0]
                content = document["text"].encode()
                spans = masks.of_rows(document["masks"])
                learnt = unlearnt(content, document["text"], spans, document["id"])
                decision = decide(learnt, matches[row], limits)
                verdict, new = _decided(document, content, decision, config, counts)
                verdicts += [_named(item, index) for item in verdict]
                stays[row - rows[0]] = new is not None
                if new is not None and new is not document:
                    changed[row - int(rows[0])] = new
            text, spans, other = _replaced(batch, changed)
            counts["documents"] += int(stays.sum())
            kept_ids.append(batch["id"].filter(pa.array(stays)))
            kept_held.append(heldout[rows][stays])
            counts["bytes"] += pc.sum(pc.binary_length(text.filter(pa.array(stays)))).as_py() or 0
            writer.add(part, text, spans, other, stays)
    with writing(target / "keep" / name) as aside:
        ids = pa.chunked_array(kept_ids, pa.string())
        held = pa.array(np.concatenate([np.empty(0, np.bool_), *kept_held]))
        all_stay = pa.repeat(True, len(ids))
        pq.write_table(pa.table([ids, all_stay, held], schema=KEEP), aside)
    ledger.write(target / "ledger" / name, verdicts)
    return counts


def matches_of_shard(
    folder: Path, number: int, index: dict[str, np.ndarray], limits: Lengths
) -> dict[int, Matches]:
    """Row in the shard → what the document has in common with others, in tokens from its first.

    index: the arrays of `tables.INDEX`; of them tokens: int64 [shards + 1], starts: int64 [documents].
    """
    low, high = index["tokens"][number], index["tokens"][number + 1]
    parts: list[list[np.ndarray]] = [[], [], []]
    for path in sorted((folder / MEETINGS).iterdir()):
        begin, end = np.searchsorted(load_one(path, "place"), [low, high])
        for part, name in zip(parts, ("place", "first", "nearest"), strict=True):
            part.append(load_one(path, name)[begin:end])
    place, first, nearest = (np.concatenate([np.empty(0, np.int64), *part]) for part in parts)
    corpus = np.asarray(np.load(folder / "_corpus.npy", mmap_mode="r"))
    starts = index["starts"]
    order = in_precedence(place, first, nearest, starts, index["rank"])
    matches = matches_of((place[order], first[order], nearest[order]), corpus, starts, index["rank"], limits)
    documents_of = np.searchsorted(starts, matches.begin, side="right") - 1
    edges = np.flatnonzero(np.r_[-1, documents_of] != np.r_[documents_of, -1])
    by_row: dict[int, Matches] = {}
    for begin, end in pairwise(edges):
        document = int(documents_of[begin])
        mine = slice(begin, end)
        origin = starts[document]
        by_row[document - int(index["offsets"][number])] = Matches(
            matches.begin[mine] - origin, matches.end[mine] - origin, matches.other[mine], matches.rank[mine]
        )
    return by_row


def _decided(
    document: dict[str, Any], content: bytes, decision: Decision, config: dict[str, Any], counts: Counts
) -> tuple[list[Verdict], dict[str, Any] | None]:
    """Verdicts, and the document as it goes on; None if it goes no further, itself if nothing changes."""
    about = {key: document[key] for key in ("id", "source", "origin")} | {"step": "trim"}
    cuts = decision.cuts
    if not cuts:
        return [], document
    action, largest = config["action"], max(cuts, key=lambda cut: cut.size)
    shreds = len(cuts) > max(1, config["max_pieces"] * decision.whole * config["words"] / 1000)
    articles = action == "auto" and of_articles(document["text"])
    goes = [
        action != "mask" and not shreds and not (action == "auto" and leaves_gap(content, cut, articles))
        for cut in cuts
    ]
    # What defines something stays, if only as context, so its document does too.
    if decision.left < config["min_left"] and (action == "cut" or (action == "auto" and all(goes))):
        counts["dropped"] += 1
        verdict = Verdict(
            **about,
            verdict="drop",
            reason="left",
            score=decision.left,
            threshold=config["min_left"],
            match=str(largest.other),
            excerpt=document["text"],
        )
        return [verdict], None
    if action == "auto" and 4 * decision.left < decision.whole:
        # What is most of a document is what it is about.
        goes = [False] * len(cuts)
    counts["cuts"] += sum(goes)
    counts["masks"] += len(goes) - sum(goes)
    counts["edited" if any(goes) else "masked"] += 1
    verdicts = [
        Verdict(
            **about,
            verdict="edit" if gone else "mask",
            reason=cut.reason,
            score=cut.size,
            threshold=1.0 if cut.reason == "passage" else config["sentences"]["share"],
            match=str(cut.other),
            excerpt=_excerpt(content, cut),
        )
        for cut, gone in zip(cuts, goes, strict=True)
    ]
    spans = _characters(content, cuts)
    text = document["text"]
    old = [
        *masks.of_rows(document["masks"]),
        *(span for span, gone in zip(spans, goes, strict=True) if not gone),
    ]
    spans = [span for span, gone in zip(spans, goes, strict=True) if gone]
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    left = "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
    if spans and old:
        stays = np.ones(len(text), bool)
        for start, end in spans:
            stays[start:end] = False
        old = masks.moved(old, stays)
    return verdicts, {**document, "text": left, "masks": masks.to_rows(masks.merged(old))}


def _excerpt(content: bytes, cut: Cut) -> str:
    """The start of what goes; its length bounds the work, whatever the passage's."""
    return content[cut.start : min(cut.end, cut.start + 4 * ledger.EXCERPT)].decode(errors="ignore")


def _characters(content: bytes, cuts: list[Cut]) -> masks.Spans:
    """The cuts in characters instead of bytes."""
    spans, place, before = [], 0, 0
    for cut in cuts:
        before += len(content[place : cut.start].decode())
        start = before
        before += len(content[cut.start : cut.end].decode())
        place = cut.end
        spans.append((start, before))
    return spans


def _named(verdict: Verdict, index: dict[str, np.ndarray]) -> Verdict:
    """`match` as `ID:TOKEN` instead of a token of the corpus."""
    token = int(verdict.match)
    document = int(np.searchsorted(index["starts"], token, side="right")) - 1
    named = f"{index['id'][document].decode()}:{token - int(index['starts'][document])}"
    values = {name: getattr(verdict, name) for name in verdict.__slots__}
    return Verdict(**{**values, "match": named})


def _replaced(
    batch: pa.RecordBatch, changed: dict[int, dict[str, Any]]
) -> tuple[pa.Array, pa.Array, np.ndarray]:
    """Text, masks, and bool [documents] which are changed. changed: by row, the documents as they go on."""
    other = np.zeros(len(batch), bool)
    other[list(changed)] = True
    take = np.arange(len(batch))
    take[other] = len(batch) + np.arange(len(changed))
    new = [changed[row] for row in sorted(changed)]
    text = pa.concat_arrays([batch["text"], pa.array([one["text"] for one in new], pa.string())])
    spans = pa.concat_arrays(
        [batch["masks"].cast(masks.TYPE), pa.array([one["masks"] for one in new], masks.TYPE)]
    )
    return text.take(pa.array(take)), spans.take(pa.array(take)), other
