"""Which training documents and sources speak of what was lost, and which raised its loss.

The nearest training documents are found by BM25; a source's share of the evidence is the sum of their scores
times how often each was trained on. Lift is that share over the source's share of the training tokens: a
source that is only large has a lift of 1. Lexical evidence says which documents are about the same thing, not
that they caused the loss: a good and a poisoned source about one thing look alike. Gradients tell them apart
(`gradient.py`): they estimate whether training on a document lowered or raised the loss. Retraining without
the source is the proof.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.diagnose.attribution import bm25, gradient
from rewarm.diagnose.attribution.gradient import Influences, Settings
from rewarm.diagnose.attribution.queries import Query
from rewarm.errors import RewarmError
from rewarm.runs import step_tables, variant_names
from rewarm.runs.run import Run

# Updates before and after a document's, whose mean losses are compared.
_AROUND = 5


@dataclass(frozen=True, slots=True)
class Source:
    """share: of the evidence; trained: of the training tokens; lift: share / trained. With gradients:
    influence: of a token on average, negative where it raised the queries' loss; harm: share of what leaving
    out single sources would gain, 0 where it would gain nothing."""

    source: str
    share: float
    trained: float
    lift: float
    influence: float | None = None
    harm: float | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """score: summed over queries; uses: times trained on; updates: those that did; moved: change of the
    training loss around them, nats per token, NaN where not known; queries: names of those that found it;
    influence: with gradients, in units of the mean absolute influence; negative raised the queries' loss."""

    document: str
    source: str
    score: float
    uses: int
    updates: tuple[int, ...]
    moved: float
    queries: tuple[str, ...]
    influence: float | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """sources: most evidence first, with gradients by harm x (1 + lift); documents: highest score first;
    queries: asked; unanswered: of them without a hit; raised, lowered: with gradients, the documents that
    raised and lowered the queries' loss most; next: the command that trains without the first source."""

    sources: list[Source]
    documents: list[Document]
    queries: int
    unanswered: int
    raised: list[Document] | None = None
    lowered: list[Document] | None = None
    next: str = ""

    def lines(self) -> list[str]:
        """For the terminal."""
        shown = [f"queries   {self.queries:,}, {self.unanswered:,} without a related training document"]
        more = "   influence   harm" if self.raised is not None else ""
        shown += [f"source                      evidence   trained   lift{more}"]
        for one in self.sources:
            line = f"{one.source:<28}{one.share:>8.1%}{one.trained:>10.1%}{one.lift:>7.2f}"
            if one.influence is not None and one.harm is not None:
                line += f"{one.influence:>+12.2f}{one.harm:>7.0%}".replace("-", "−")
            shown.append(line)
        lists = [("nearest", self.documents), ("raised the loss", self.raised), ("lowered it", self.lowered)]
        for name, documents in lists if self.raised is not None else [("", self.documents)]:
            shown += [name] if name else []
            shown += [_line(found) for found in documents or []]
        if self.next:
            shown += [f"next      train without {self.sources[0].source} and compare: {self.next}"]
        return shown

    def plain(self) -> dict[str, Any]:
        """For JSON; an unknown number is None."""
        found: dict[str, Any] = {
            "format": 1, "queries": self.queries, "unanswered": self.unanswered,
            "sources": [asdict(one) for one in self.sources], "next": self.next,
        }  # fmt: skip
        for name in ("documents", "raised", "lowered"):
            rows = getattr(self, name)
            found[name] = None if rows is None else [_plain(one) for one in rows]
        return found


def attribute(
    run: Run, asked: Sequence[Query], most: int = 10, gradients: Settings | None = None
) -> Attribution:
    """Find training documents for the queries. most: documents shown, and looked at per query.

    Raises RewarmError for a run that has not mixed its documents, and with gradients for one without result.
    """
    uses, tokens = drawn(run)
    hits = bm25.nearest([query.text for query in asked], lambda: _shards(run, uses), most)
    scores: dict[str, float] = {}
    named: dict[str, list[str]] = {}
    for query, own in zip(asked, hits, strict=True):
        best = own[0].score if own else 1.0
        for hit in own:
            # Each query has one vote, whatever its length.
            scores[hit.document] = scores.get(hit.document, 0.0) + hit.score / best
            named.setdefault(hit.document, []).append(query.name)
    source_of = {identity: source for identity, (source, _) in uses.items()}
    evidence: dict[str, float] = {}
    for document, score in scores.items():
        weight = score * uses[document][1]
        evidence[source_of[document]] = evidence.get(source_of[document], 0.0) + weight
    whole, every = sum(evidence.values()), sum(tokens.values())
    trained = {source: size / every for source, size in tokens.items() if size}
    by_score = sorted(scores, key=lambda document: (-scores[document], document))
    found = None
    if gradients is not None:
        found = gradient.influences(run, asked, by_score, source_of, trained, gradients)
    sources = []
    for source in tokens:
        share, part = evidence.get(source, 0.0) / whole if whole else 0.0, trained.get(source, 0.0)
        sources.append(Source(source, share, part, share / part if part else 0.0, *_harm(found, source)))
    sources.sort(key=order_key)

    log = run.metrics("updates")
    losses = dict(zip(log["update"].to_pylist(), log["loss"].to_pylist(), strict=True))

    def shown(documents: Sequence[str]) -> list[Document]:
        rows = []
        for document in documents:
            updates = tuple(dict.fromkeys(use.update for use in run.explain(document).trained))
            rows.append(
                Document(
                    document, source_of[document], scores.get(document, 0.0), uses[document][1], updates,
                    _moved(losses, updates), tuple(named.get(document, ())),
                    found.documents.get(document) if found else None,
                )
            )  # fmt: skip
        return rows

    raised = lowered = None
    if found is not None:
        known = found.documents
        order = sorted(known, key=lambda document: (known[document], document))
        raised = shown([one for one in order[:most] if known[one] < 0])
        lowered = shown([one for one in order[: -most - 1 : -1] if known[one] > 0])
    unanswered = sum(not own for own in hits)
    command = _training_without(run, sources)
    return Attribution(sources, shown(by_score[:most]), len(asked), unanswered, raised, lowered, command)


def order_key(one: Source) -> tuple[float, float, str]:
    """Key for sorting: first what both raised the loss and speaks of the same things; without gradients, what
    speaks of them most.

    1 is added to the lift, since a source that writes the same things otherwise (misspelt, without spaces,
    with markup) has no lexical evidence: by harm x lift any source with a little of both would be before it.
    """
    return -(one.harm or 0.0) * (1 + one.lift), -one.share, one.source


def _training_without(run: Run, sources: Sequence[Source]) -> str:
    """The command that trains without the first source, the proof of what it caused; "" where nothing speaks
    for it, or a stage has no other source."""
    first = sources[0] if sources else None
    if first is None or not (first.share or first.harm):
        return ""
    left = {one.source for one in sources if one.trained and one is not first}
    plan = run.json("mix", "plan.json") or {}
    numbers = {leaf.number for leaf in run.leaves if leaf.source in left}
    if not all(any(numbers & set(row["leaves"]) for row in stage.values()) for stage in plan.values()):
        return ""
    folder = [] if run.root == Path("runs") / run.record.name else ["--run-dir", str(run.root)]
    # Of a run that was trained without sources itself: those and this one.
    removed = (run.recipe.get("mix") or {}).get("without", [])
    name = variant_names.with_sources(run.record.variant or "", removed)
    variant = ["--variant", name] if name else []
    names = [part for source in (*removed, first.source) for part in ("--without", source)]
    return shlex.join(["rewarm", "run", run.record.recipe_file, *folder, *variant, *names])


def _harm(found: Influences | None, source: str) -> tuple[float | None, float | None]:
    """Influence of a token of the source, and its share of the harm."""
    if found is None or source not in found.sources:
        return None, None
    mean, gain = found.sources[source]
    whole = sum(max(0.0, one) for _, one in found.sources.values())
    return mean, max(0.0, gain) / whole if whole else 0.0


def _line(found: Document) -> str:
    updates = ", ".join(map(str, found.updates[:5])) or "none"
    moved = "" if found.moved != found.moved else f"   loss around {found.moved:+.3f}"
    influence = "" if found.influence is None else f"   influence {found.influence:+.2f}"
    signed = f"{influence}{moved}".replace("-", "−")
    return f"{found.document}   {found.source}   {found.score:.1f}   updates {updates}{signed}"


def _plain(found: Document) -> dict[str, Any]:
    row = asdict(found)
    row["moved"] = None if found.moved != found.moved else found.moved
    return row


def drawn(run: Run) -> tuple[dict[str, tuple[str, int]], dict[str, int]]:
    """Trained document → source and uses, and source → tokens, as the mix drew them.

    Raises RewarmError for a run without a mix.
    """
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


def _moved(losses: Mapping[int, float | None], updates: Sequence[int]) -> float:
    """Mean change of the loss from the updates before to those after. losses: of each update."""
    changes = []
    for update in updates:
        before = [losses.get(update - back) for back in range(1, _AROUND + 1)]
        after = [losses.get(update + on) for on in range(1, _AROUND + 1)]
        old, new = ([one for one in part if one is not None] for part in (before, after))
        if old and new:
            changes.append(float(np.mean(new) - np.mean(old)))
    return float(np.mean(changes)) if changes else float("nan")
