"""What became of every document, by source: counted over the ledgers, which hold each decision.

collected = dropped + held out + kept for training; a difference is shown, not hidden. A held-out
document can be dropped too, since the split comes before cleaning, so held out means measured.
Ledgers may have millions of rows: they are counted batch by batch and only a few excerpts stay.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents
from rewarm.runs import tables

EXCERPTS = 3
_STEPS = ("collect", *tables.DECIDING)
_KEYS = ["step", "verdict", "reason", "source"]
_SHOWN = ["id", "source", "origin", "excerpt", "match", "score", "threshold"]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A ledger row for the page; texts from anywhere, escaped where they are shown."""

    id: str
    source: str
    origin: str
    excerpt: str
    match: str
    score: float | None
    threshold: float | None


@dataclass(slots=True)
class Reason:
    """A step's reason for a verdict, with documents by source."""

    step: str
    verdict: str
    reason: str
    sources: Counter[str] = field(default_factory=Counter)
    excerpts: list[Excerpt] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.sources.total()


@dataclass(frozen=True, slots=True)
class Passage:
    """A source's way through the funnel; None where the step that knows has not run."""

    source: str
    faults: int | None
    collected: int | None
    dropped: int
    heldout: int | None
    training: int | None
    trained: int | None

    @property
    def unaccounted(self) -> int:
        """Documents without a decision: not 0 only when tables contradict each other."""
        if self.collected is None or self.heldout is None or self.training is None:
            return 0
        return self.collected - self.dropped - self.heldout - self.training


def reasons(run: Path, examples: int = EXCERPTS) -> list[Reason]:
    """Every step's reasons: drops first, then in the order of the steps, the most frequent first.

    examples: documents that are shown of each, the first in the order of shards.
    """
    found: dict[tuple[str, str, str], Reason] = {}
    for step in _STEPS:
        path = tables.step_file(run, step, tables.ledger_name(step))
        for shard in documents.shards(path) if path else []:
            for batch in pq.ParquetFile(shard).iter_batches(batch_size=16_384):
                _count(pa.Table.from_batches([batch]), found, examples)
    order = {step: place for place, step in enumerate(_STEPS)}
    return sorted(
        found.values(), key=lambda item: (item.verdict != "drop", order.get(item.step, 9), -item.total)
    )


def _count(rows: pa.Table, found: dict[tuple[str, str, str], Reason], examples: int) -> None:
    for group in rows.group_by(_KEYS).aggregate([("id", "count")]).to_pylist():
        step, verdict, reason = (group[key] or "" for key in _KEYS[:3])
        item = found.setdefault((step, verdict, reason), Reason(step, verdict, reason))
        item.sources[group["source"] or ""] += group["id_count"]
        wanted = examples - len(item.excerpts)
        if wanted > 0:
            same = [pc.equal(rows[key], group[key]) for key in _KEYS]
            mask = pc.and_(pc.and_(same[0], same[1]), pc.and_(same[2], same[3]))
            for row in rows.select(_SHOWN).filter(mask).slice(0, wanted).to_pylist():
                texts = {key: row[key] or "" for key in _SHOWN[:5]}
                item.excerpts.append(Excerpt(**texts, score=row["score"], threshold=row["threshold"]))


def passages(run: Path, verdicts: list[Reason]) -> list[Passage]:
    """One row a source, in the order of the recipe."""
    collected = tables.manifest(run, "collect").get("counts")
    held = _kept(run)
    drawn = _drawn(run)
    faults: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for item in verdicts:
        if item.verdict == "drop":
            (faults if item.step == "collect" else dropped).update(item.sources)
    chosen = tables.manifest(run, "holdout").get("counts")
    names = [str(source["name"]) for source in tables.recipe(run).get("sources", [])]
    rows = []
    for name in dict.fromkeys([*names, *faults, *dropped]):
        heldout = held[name, True] if held is not None else chosen and chosen.get(f"heldout.{name}", 0)
        rows.append(
            Passage(
                source=name,
                faults=None if collected is None else faults[name],
                collected=None if collected is None else collected.get(f"documents.{name}", 0),
                dropped=dropped[name],
                heldout=heldout,
                training=None if held is None else held[name, False],
                trained=None if drawn is None else drawn[name],
            )
        )
    return rows


def _kept(run: Path) -> Counter[tuple[str, bool]] | None:
    """(source, held out) → documents with tokens; reads two narrow columns of the token shards."""
    folder = tables.step_file(run, "tokenize", "tokens")
    if folder is None:
        return None
    sources = {leaf.number: leaf.source for leaf in tables.leaves(run)}
    found: Counter[tuple[str, bool]] = Counter()
    for shard in documents.shards(folder, ".arrow"):
        with pa.memory_map(str(shard)) as file:
            names = pa.ipc.open_file(file).schema.names
            options = pa.ipc.IpcReadOptions(included_fields=[names.index("leaf"), names.index("heldout")])
            table = pa.ipc.open_file(file, options=options).read_all()
        for row in table.group_by(["leaf", "heldout"]).aggregate([([], "count_all")]).to_pylist():
            found[sources[row["leaf"]], bool(row["heldout"])] += row["count_all"]
    return found


def _drawn(run: Path) -> Counter[str] | None:
    """Source → distinct documents that some stage's mix draws."""
    plan = tables.step_json(run, "mix", "plan.json")
    if plan is None:
        return None
    sources = {leaf.number: leaf.source for leaf in tables.leaves(run)}
    drawn: dict[int, list[np.ndarray]] = defaultdict(list)
    for stage in plan:
        path = tables.step_file(run, "mix", f"{stage}.parquet")
        if path is None:
            continue
        table = pq.read_table(path, columns=["document", "leaf"])
        rows, numbers = table["document"].to_numpy(), table["leaf"].to_numpy()
        for leaf in np.unique(numbers):
            drawn[int(leaf)].append(np.unique(rows[numbers == leaf]))
    found: Counter[str] = Counter()
    for leaf, parts in drawn.items():
        found[sources.get(leaf, "")] += len(np.unique(np.concatenate(parts)))
    return found
