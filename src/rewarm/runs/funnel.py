"""The funnel: what became of every document, by source, and why.

`passed` follows each step: what came in is counted from the tables that the step read, what went on from
those that it wrote, and what was dropped from its ledger; three records that must agree. Where they do
not, it raises an error that names step and source.

`passages` follows each source through the run: collected = dropped + held out + kept for training. A
held-out document can be dropped too, since the split comes before cleaning, so held out means measured.
Ledgers may have millions of rows: they are counted batch by batch and only a few excerpts stay.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents
from rewarm.corpus.tables.provenance import LEFT_OUT
from rewarm.errors import RewarmError
from rewarm.runs import step_tables
from rewarm.runs.run import Run
from rewarm.runs.step_tables import StepFolder

EXCERPTS = 3
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
    """A source's way through the funnel; None where the step that knows has not run. faults: what gave no
    document; left_out: what a date cut-off or reserved rights exclude."""

    source: str
    faults: int | None
    left_out: int | None
    collected: int | None
    synthesized: int
    dropped: int
    heldout: int | None
    training: int | None
    trained: int | None

    @property
    def unaccounted(self) -> int:
        """Documents without a decision: not 0 only when tables contradict each other."""
        if self.collected is None or self.heldout is None or self.training is None:
            return 0
        return self.collected + self.synthesized - self.dropped - self.heldout - self.training


@dataclass(slots=True)
class Passed:
    """A source's documents in one step. edited, masked: documents, whatever the number of reasons; reasons:
    (verdict, reason) → documents."""

    step: str
    source: str
    came: int = 0
    kept: int = 0
    edited: int = 0
    masked: int = 0
    dropped: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)


def passed(run: Run) -> list[Passed]:
    """Every step that makes documents or decides about some, by source, in the order of the run.

    Raises RewarmError for a run without steps, and where counts of a step do not reconcile.
    """
    if not run.steps:
        raise RewarmError(f"{run.path}: no step is done yet")
    rows: list[Passed] = []
    for step in run.steps.values():
        found = _of_step(step) if step.decides else []
        for row in found:
            _reconcile(run, row)
        rows += found
    return rows


def _of_step(step: StepFolder) -> list[Passed]:
    came: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for shard in step.shards():
        before, after = (side(step, shard, ["source"]) for side in (step_tables.came_in, step_tables.went_on))
        kept.update(_by_source(after))
        came.update(_by_source(after if before is None else before))
        ledger = step.ledger(shard)
        if ledger is None:
            continue
        ledger = ledger.select(["source", "verdict", "reason", "id"])
        # A file that gave no document has no id, so each of its rows counts.
        nameless = pc.equal(ledger["id"], "")
        for row in _counted(ledger.filter(nameless), ["source", "verdict", "reason"]):
            reasons[row["source"]][row["verdict"], row["reason"]] += row["count_all"]
            verdicts[row["source"]][row["verdict"]] += row["count_all"]
        named = ledger.filter(pc.invert(nameless))
        distinct = named.group_by(["source", "verdict", "reason", "id"]).aggregate([])
        for row in _counted(distinct, ["source", "verdict", "reason"]):
            reasons[row["source"]][row["verdict"], row["reason"]] += row["count_all"]
        distinct = named.group_by(["source", "verdict", "id"]).aggregate([])
        for row in _counted(distinct, ["source", "verdict"]):
            verdicts[row["source"]][row["verdict"]] += row["count_all"]
    return [
        Passed(
            step.name,
            source,
            # What could not be read never was a document: of sources, all that stood there came in.
            came[source] if step.inputs else kept[source] + verdicts[source]["drop"],
            kept[source],
            verdicts[source]["edit"],
            verdicts[source]["mask"],
            verdicts[source]["drop"],
            reasons[source],
        )
        for source in dict.fromkeys([*came, *kept, *reasons])
    ]


def _by_source(rows: pa.Table | None) -> dict[str, int]:
    if rows is None:
        return {}
    return {row["source"]: row["count_all"] for row in _counted(rows, ["source"])}


def _counted(rows: pa.Table, keys: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.group_by(keys).aggregate([([], "count_all")]).to_pylist()
    return found


def _reconcile(run: Run, row: Passed) -> None:
    if row.came != row.kept + row.dropped:
        raise RewarmError(
            f"{run.path}: step {row.step}, source {row.source}: documents do not reconcile: {row.came:,} in, "
            f"{row.kept:,} kept + {row.dropped:,} dropped = {row.kept + row.dropped:,}. "
            "This is a fault in rewarm: please report it with the recipe"
        )


def reasons(run: Run, examples: int = EXCERPTS) -> list[Reason]:
    """Every step's reasons: drops first, then in the order of the steps, the most frequent first.

    examples: documents that are shown of each, the first in the order of shards.
    """
    found: dict[tuple[str, str, str], Reason] = {}
    for step in run.steps.values():
        for shard in step.ledgers():
            for batch in pq.ParquetFile(shard).iter_batches(batch_size=16_384):
                _count(pa.Table.from_batches([batch]), found, examples)
    order = {step: place for place, step in enumerate(run.steps)}
    return sorted(
        found.values(),
        key=lambda item: (item.verdict != "drop", order.get(item.step, len(order)), -item.total),
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


def passages(run: Run, verdicts: list[Reason]) -> list[Passage]:
    """One row a source, in the order of the recipe."""
    counts = {name: step.manifest.counts for name, step in run.steps.items()}
    collected, split = counts.get("collect"), counts.get("holdout")
    held = _kept(run)
    drawn = _drawn(run)
    faults: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for item in verdicts:
        if item.verdict == "drop":
            of_collect = left_out if item.reason.startswith(LEFT_OUT) else faults
            (of_collect if item.step == "collect" else dropped).update(item.sources)
    names = [str(source["name"]) for source in run.recipe.get("sources", [])]
    rows = []
    for name in dict.fromkeys([*names, *faults, *left_out, *dropped]):
        heldout = None if split is None else split.get(f"heldout.{name}", 0)
        rows.append(
            Passage(
                source=name,
                faults=None if collected is None else faults[name],
                left_out=None if collected is None else left_out[name],
                collected=None if collected is None else collected.get(f"documents.{name}", 0),
                synthesized=counts.get("synthesize", {}).get(f"made.{name}", 0),
                dropped=dropped[name],
                heldout=heldout if held is None else held[name, True],
                training=None if held is None else held[name, False],
                trained=None if drawn is None else drawn[name],
            )
        )
    return rows


def _kept(run: Run) -> Counter[tuple[str, bool]] | None:
    """(source, held out) → documents with tokens; reads two narrow columns of the token shards."""
    folder = run.file("tokenize", "tokens")
    if folder is None:
        return None
    found: Counter[tuple[str, bool]] = Counter()
    for shard in documents.shards(folder, ".arrow"):
        with pa.memory_map(str(shard)) as file:
            names = pa.ipc.open_file(file).schema.names
            options = pa.ipc.IpcReadOptions(included_fields=[names.index("source"), names.index("heldout")])
            table = pa.ipc.open_file(file, options=options).read_all()
        for row in table.group_by(["source", "heldout"]).aggregate([([], "count_all")]).to_pylist():
            found[row["source"], bool(row["heldout"])] += row["count_all"]
    return found


def _drawn(run: Run) -> Counter[str] | None:
    """Source → distinct documents that some stage's mix draws."""
    plan = run.json("mix", "plan.json")
    if plan is None:
        return None
    sources = {leaf.number: leaf.source for leaf in run.leaves}
    drawn = pa.table({"id": pa.array([], pa.string()), "leaf": pa.array([], pa.int32())})
    for stage in plan:
        path = run.file("mix", f"{stage}.parquet")
        if path is not None:
            rows = pq.read_table(path, columns=["id", "leaf"]).cast(drawn.schema)
            drawn = pa.concat_tables([drawn, rows]).group_by(["id", "leaf"]).aggregate([])
    found: Counter[str] = Counter()
    for row in drawn.group_by("leaf").aggregate([([], "count_all")]).to_pylist():
        found[sources.get(row["leaf"], "")] += row["count_all"]
    return found
