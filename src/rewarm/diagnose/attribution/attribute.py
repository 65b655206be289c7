"""Which training documents and sources speak of what was lost.

Queries are the items that the result lost and the held-out documents whose loss rose most, as `rewarm
evaluate` wrote them, or a text of the user's. The nearest training documents are found by BM25; a source's
share of the evidence is the sum of their scores times how often each was trained on. Lift is that share over
the source's share of the training tokens: a source that is only large has a lift of 1.

Lexical evidence says which documents are about the same thing, not that they caused the loss. Retraining
without the source is the proof.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.diagnose.attribution import bm25
from rewarm.errors import RewarmError
from rewarm.runs import evaluation, step_tables
from rewarm.runs.run import Run

# Updates before and after a document's, whose mean losses are compared.
_AROUND = 5


@dataclass(frozen=True, slots=True)
class Query:
    """name: of an item or document; kind: item, document or text; text: what is searched for."""

    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """share: of the evidence; trained: of the training tokens; lift: share / trained."""

    source: str
    share: float
    trained: float
    lift: float


@dataclass(frozen=True, slots=True)
class Document:
    """score: summed over queries; uses: times trained on; updates: those that did; moved: change of the
    training loss around them, nats per token, NaN where not known; queries: names of those that found it."""

    document: str
    source: str
    score: float
    uses: int
    updates: tuple[int, ...]
    moved: float
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attribution:
    """sources: most evidence first; documents: highest score first; queries: asked; unanswered: of them
    without a hit."""

    sources: list[Source]
    documents: list[Document]
    queries: int
    unanswered: int

    def lines(self) -> list[str]:
        """For the terminal."""
        shown = [f"queries   {self.queries:,}, {self.unanswered:,} without a related training document"]
        shown += ["source                      evidence   trained   lift"]
        for one in self.sources:
            shown.append(f"{one.source:<28}{one.share:>8.1%}{one.trained:>10.1%}{one.lift:>7.2f}")
        for found in self.documents:
            updates = ", ".join(map(str, found.updates[:5])) or "none"
            moved = (
                "" if found.moved != found.moved else f"   loss around {found.moved:+.3f}".replace("-", "−")
            )
            shown.append(f"{found.document}   {found.source}   {found.score:.1f}   updates {updates}{moved}")
        return shown

    def plain(self) -> dict[str, Any]:
        """For JSON; an unknown number is None."""
        rows = [asdict(one) for one in self.documents]
        for row in rows:
            row["moved"] = None if row["moved"] != row["moved"] else row["moved"]
        return {
            "format": 1, "queries": self.queries, "unanswered": self.unanswered,
            "sources": [asdict(one) for one in self.sources], "documents": rows,
        }  # fmt: skip


def queries(run: Run, task: str | None = None, item: str | None = None) -> list[Query]:
    """What the result lost: items (of one task, or one item), and without these the documents that lost most.

    Raises RewarmError where the run was not evaluated, or nothing was lost.
    """
    found = evaluation.read(run)
    if found is None:
        raise RewarmError(
            f"{run.path}: was not evaluated; run `rewarm evaluate {run.path}` first, or give --text"
        )
    lines = (run.path / evaluation.FOLDER / "items.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [
        Query(f"{row['task']}/{row['id']}", "item", _text(row))
        for row in map(json.loads, lines)
        if row["change"] == "lost" and task in (None, row["task"]) and item in (None, row["id"])
    ]
    if task is None and item is None:
        rows += [Query(row["id"], "document", row["text"]) for row in found.documents.get("lost", [])]
    if not rows:
        named = f" of task {task}" if task else ""
        raise RewarmError(f"{run.path}: the result lost no item{named}; there is nothing to attribute")
    return rows


def attribute(run: Run, asked: Sequence[Query], most: int = 10) -> Attribution:
    """Find training documents for the queries. most: documents shown, and looked at per query.

    Raises RewarmError for a run that has not mixed its documents.
    """
    uses, tokens = _trained(run)
    found = bm25.nearest([query.text for query in asked], lambda: _shards(run, uses), most)
    scores: dict[str, float] = {}
    named: dict[str, list[str]] = {}
    for query, hits in zip(asked, found, strict=True):
        best = hits[0].score if hits else 1.0
        for hit in hits:
            # Each query has one vote, whatever its length.
            scores[hit.document] = scores.get(hit.document, 0.0) + hit.score / best
            named.setdefault(hit.document, []).append(query.name)
    source_of = {identity: source for identity, (source, _) in uses.items()}
    evidence: dict[str, float] = {}
    for document, score in scores.items():
        weight = score * uses[document][1]
        evidence[source_of[document]] = evidence.get(source_of[document], 0.0) + weight
    whole, trained = sum(evidence.values()), sum(tokens.values())
    sources = []
    for source, size in tokens.items():
        share, part = evidence.get(source, 0.0) / whole if whole else 0.0, size / trained
        sources.append(Source(source, share, part, share / part if part else 0.0))
    shown = sorted(scores, key=lambda document: (-scores[document], document))[:most]
    documents = []
    for document in shown:
        updates = tuple(dict.fromkeys(use.update for use in run.explain(document).trained))
        documents.append(
            Document(
                document, source_of[document], scores[document], uses[document][1], updates,
                _moved(run, updates), tuple(named[document]),
            )
        )  # fmt: skip
    sources.sort(key=lambda one: (-one.share, one.source))
    return Attribution(sources, documents, len(asked), sum(not hits for hits in found))


def _text(row: dict[str, Any]) -> str:
    options = row.get("options") or []
    gold = row.get("gold") or []
    answers = [options[one] if isinstance(one, int) and one < len(options) else str(one) for one in gold]
    return "\n".join([row["question"], *answers])


def _trained(run: Run) -> tuple[dict[str, tuple[str, int]], dict[str, int]]:
    """Documents that the mix drew, with source and uses; tokens by source."""
    if "mix" not in run.steps or "tokenize" not in run.steps:
        raise RewarmError(f"{run.path}: has no mix yet; run it up to `pack` at least")
    sources = {leaf.number: leaf.source for leaf in run.leaves}
    uses: dict[str, tuple[str, int]] = {}
    tokens: dict[str, int] = dict.fromkeys(sources.values(), 0)
    for stage in run.recipe["stages"]:
        path = run.file("mix", f"{stage['name']}.parquet")
        if path is None:
            continue
        rows = pq.read_table(path, columns=["id", "leaf", "tokens"])
        for row in rows.to_pylist():
            source = sources[row["leaf"]]
            uses[row["id"]] = (source, uses.get(row["id"], (source, 0))[1] + 1)
            tokens[source] += row["tokens"]
    return uses, tokens


def _shards(run: Run, wanted: dict[str, tuple[str, int]]) -> Iterator[tuple[list[str], pa.ChunkedArray]]:
    """The texts of trained documents, as they went to `tokenize`."""
    step = run.steps["tokenize"]
    chosen = pa.array(list(wanted), pa.string())
    makers = [before for before in step.inputs if (before.path / "documents").is_dir()]
    for shard in makers[-1].shards():
        rows = step_tables.came_in(step, shard, ["id", "text"])
        rows = rows.filter(pc.is_in(rows["id"], chosen)) if rows is not None else None
        if rows is not None and len(rows):
            yield rows["id"].to_pylist(), rows["text"]


def _moved(run: Run, updates: Sequence[int]) -> float:
    """Mean change of the update's loss from the updates before to those after."""
    table = run.metrics("updates")
    known = dict(zip(table["update"].to_pylist(), table["loss"].to_pylist(), strict=True))
    changes = []
    for update in updates:
        before = [known.get(update - back) for back in range(1, _AROUND + 1)]
        after = [known.get(update + on) for on in range(1, _AROUND + 1)]
        old, new = ([one for one in part if one is not None] for part in (before, after))
        if old and new:
            changes.append(float(np.mean(new) - np.mean(old)))
    return float(np.mean(changes)) if changes else float("nan")
