"""What a run adds to a corpus that was there before: by class and by date.

The corpus that was there is `dedupe.base` (earlier runs), `dedupe.base_sources`, and the sources that teach
a classifier (`annotate.classifiers`). Of every other source each collected document is one of three: a copy
of something in that corpus, dropped for another reason, or new. Ledgers and attributes are read shard by
shard.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import attributes, labels
from rewarm.corpus.tables.provenance import UNKNOWN
from rewarm.runs import step_tables
from rewarm.runs.run import Run
from rewarm.runs.step_tables import StepFolder

UNLABELLED = "not labelled"
_COPIES = ("exact", "near_duplicate")


@dataclass(slots=True)
class Added:
    """Documents of new sources with one label or year. collected = copies + dropped + new."""

    value: str
    collected: int = 0
    copies: int = 0
    dropped: int = 0

    @property
    def new(self) -> int:
        return self.collected - self.copies - self.dropped


@dataclass(frozen=True, slots=True)
class Increment:
    """base: what was there before, in words; by_year: in order; by_label: axis → rows, the most new first;
    classifiers: axis → what it did on held-out labelled documents (docs/formats.md)."""

    base: list[str]
    by_year: list[Added]
    by_label: dict[str, list[Added]]
    classifiers: dict[str, dict[str, Any]]


def of_run(run: Run) -> Increment | None:
    """The increment; None for a run that has no corpus before it, or collected nothing yet."""
    taught = (run.recipe.get("annotate") or {}).get("classifiers") or {}
    deduped = run.recipe.get("dedupe") or {}
    earlier = deduped.get("base") or []
    teachers = [name for one in taught.values() for name in one.get("base") or []]
    base = list(dict.fromkeys([*(deduped.get("base_sources") or []), *teachers]))
    runs = [one["run"] for one in taught.values() if one.get("run")]
    collected = run.steps.get("collect")
    if collected is None or not (base or earlier or runs):
        return None
    in_base = _matches_in(run, collected, set(base))
    tables: dict[str, dict[str, Added]] = defaultdict(dict)
    for shard in collected.shards():
        _count(run, collected, shard, set(base), list(taught), in_base, tables)
    by_label = {
        axis: sorted(tables[axis].values(), key=lambda row: (-row.new, -row.collected, row.value))
        for axis in taught
    }
    classifiers = {axis: run.json("annotate", f"classifiers/{axis}.json") or {} for axis in taught}
    years = sorted(tables["\0year"].values(), key=lambda row: (row.value == UNKNOWN, row.value))
    named = [f"source {name}" for name in base]
    named += [f"run {path}" for path in dict.fromkeys(map(str, [*earlier, *runs]))]
    return Increment(named, years, by_label, classifiers)


def _count(
    run: Run,
    collected: StepFolder,
    shard: str,
    base: set[str],
    axes: list[str],
    in_base: set[str],
    tables: dict[str, dict[str, Added]],
) -> None:
    rows = step_tables.went_on(collected, shard, ["source"])
    if rows is None or not len(rows):
        return
    ids, sources = rows["id"].combine_chunks(), rows["source"].to_pylist()
    drops = _drops(run, shard)
    folders = [step.path / "attributes" for step in run.steps.values()]
    wanted = ["date", *(f"predicted_{axis}" for axis in axes)]
    beside = attributes.columns(folders, shard, ids, wanted)
    dates = beside["date"].cast(pa.string()).to_pylist()
    own = labels.read([step.path / "labels" for step in run.steps.values()], shard, ids)
    known: dict[str, list[Any]] = {}
    for axis in axes:
        column = beside[f"predicted_{axis}"].cast(pa.string()).combine_chunks()
        brought = own.get(axis)
        known[axis] = (column if brought is None else pc.coalesce(brought, column)).to_pylist()
    fixed = {str(source["name"]): source.get("labels") or {} for source in run.recipe.get("sources", [])}
    for place, (identity, source) in enumerate(zip(ids.to_pylist(), sources, strict=True)):
        if source in base:
            continue
        date = dates[place] or UNKNOWN
        values = {"\0year": date if date == UNKNOWN else date[:4]}
        for axis in axes:
            values[axis] = known[axis][place] or _of_source(fixed.get(source, {}).get(axis)) or UNLABELLED
        reason, match = drops.get(identity, ("", ""))
        copy = reason == "near_base" or (reason in _COPIES and match in in_base)
        for table, value in values.items():
            row = tables[table].setdefault(value, Added(value))
            row.collected += 1
            row.copies += copy
            row.dropped += bool(reason) and not copy


def _of_source(label: object) -> str | None:
    value = label.get("default") if isinstance(label, dict) else label
    return None if value is None else str(value)


def _drops(run: Run, shard: str) -> dict[str, tuple[str, str]]:
    """Reason and match of the first drop of each document of a shard."""
    found: dict[str, tuple[str, str]] = {}
    for name, step in run.steps.items():
        ledger = step.ledger(shard) if name != "collect" else None
        if ledger is None:
            continue
        dropped = ledger.filter(pc.equal(ledger["verdict"], "drop")).select(["id", "reason", "match"])
        for row in dropped.to_pylist():
            found.setdefault(row["id"], (row["reason"], row["match"] or ""))
    return found


def _matches_in(run: Run, collected: StepFolder, base: set[str]) -> set[str]:
    """Of the documents that copies were dropped for, those of the base sources."""
    deduped = run.steps.get("dedupe")
    if deduped is None or not base:
        return set()
    matches: Counter[str] = Counter()
    for path in deduped.ledgers():
        rows = pq.read_table(path, columns=["reason", "match"])
        matches.update(rows.filter(pc.is_in(rows["reason"], pa.array(_COPIES)))["match"].to_pylist())
    wanted, found = pa.array(list(matches), pa.string()), set()
    for shard in collected.shards():
        documents = step_tables.went_on(collected, shard, ["source"])
        if documents is not None:
            mine = documents.filter(pc.is_in(documents["id"], wanted))
            pairs = zip(mine["id"].to_pylist(), mine["source"].to_pylist(), strict=True)
            found |= {identity for identity, source in pairs if source in base}
    return found
