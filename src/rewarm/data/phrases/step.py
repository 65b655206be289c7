"""Finds phrases that a source repeats beyond measure, lists them, and caps them if the recipe says so.

Five phases: windows of a sample of documents; which of them are over-frequent in a source; runs of
those in every document; the table; documents. Frequencies hang on ids and texts only, so that the
order of shards and the number of workers change nothing. What is masked is no window: a second pass
finds nothing that the first one masked or dropped.

Price: frequencies are those of up to `phrases.sample` documents of a source, and a phrase whose
beginning varies (a name, a number) is found in parts.
"""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.arrays import load_one, save, unique_sorted
from rewarm.corpus.tables import documents, ledger, masks, texts
from rewarm.corpus.tables.ledger import Verdict
from rewarm.corpus.tables.masks import of_rows, to_rows
from rewarm.data.phrases.cap import capped, literal
from rewarm.data.phrases.choose import RUNS, UNLISTED, choose
from rewarm.data.phrases.frequent import over_frequent
from rewarm.data.phrases.runs import Run, runs
from rewarm.data.phrases.windows import Windows, windows
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile

TABLE = "phrases.parquet"
# Windows counted at a time, 8 bytes each and about four times that at work: 1 GB.
_AT_ONCE = 1 << 25
_PARTS = ("hashes", "counts", "odds")


def run(work: Work) -> Counts:
    """documents → documents, ledger and phrases.parquet."""
    for table in ("documents", "ledger", "_windows", "_runs"):
        (work.folder / table).mkdir(exist_ok=True)
    select, config = work.table("documents").parent, work.config["phrases"]
    shards = documents.shards(select / "documents")
    names = [shard.stem for shard in shards]
    totals, last = _sample(select, names, config["sample"])
    units = [(str(select), name, str(work.folder), config, last) for name in names]
    work.map(windows_of_shard, units, phase="windows", shards=shards)
    frequent = work.folder / "_frequent"
    if not frequent.exists():
        sampled = {source: min(total, config["sample"]) for source, total in totals.items()}
        _save_frequent(frequent, work, names, sampled)
    work.map(
        runs_of_shard,
        [(str(select), name, str(work.folder), config) for name in names],
        phase="runs",
        shards=shards,
    )
    if not (work.folder / TABLE).exists():
        parts = [pq.read_table(work.folder / "_runs" / f"{name}.parquet") for name in names]
        with writing(work.folder / TABLE) as aside:
            pq.write_table(choose(pa.concat_tables(parts), totals, config), aside, compression="zstd")
    units_of_documents = [(str(select), name, str(work.folder), config) for name in names]
    counts = work.map(documents_of_shard, units_of_documents, phase="documents", shards=shards)
    reconcile("phrases", "documents", counts["in"], {"documents": counts["documents"]})
    for table in ("_windows", "_frequent", "_runs"):
        shutil.rmtree(work.folder / table, ignore_errors=True)
    table = pq.read_metadata(work.folder / TABLE)
    counts["phrases"], counts["unlisted"] = table.num_rows, int(table.metadata[UNLISTED])
    return counts


def _sample(select: Path, names: list[str], most: int) -> tuple[dict[str, int], dict[str, str]]:
    """Documents of each source, and the last id of its sample: the smallest ids, at most `most`."""
    ids: dict[str, list[str]] = {}
    for name in names:
        table = texts.read(select / "documents" / f"{name}.parquet", ["id", "source"])
        for source, one in zip(table["source"].to_pylist(), table["id"].to_pylist(), strict=True):
            ids.setdefault(source, []).append(one)
    last = {source: sorted(found)[:most][-1] for source, found in ids.items()}
    return {source: len(found) for source, found in ids.items()}, last


def _rows(select: str, name: str) -> Iterator[dict[str, Any]]:
    shard = Path(select, "documents", f"{name}.parquet")
    for batch in texts.batches(shard, ["id", "source", "text", "masks"]):
        yield from batch.to_pylist()


def _windows(row: dict[str, Any], config: dict[str, Any]) -> Windows:
    return windows(row["text"], of_rows(row["masks"]), config["min_words"], config["min_chars"])


def windows_of_shard(
    select: str, name: str, folder: str, config: dict[str, Any], last: dict[str, str]
) -> Counts:
    """`_windows/NAME`: of each source, the distinct windows of its sampled documents."""
    found: dict[str, list[np.ndarray]] = {}
    for row in _rows(select, name):
        if row["id"] <= last[row["source"]]:
            mine = _windows(row, config)
            found.setdefault(row["source"], []).append(unique_sorted(mine.hashes[~mine.broken]))
    save(Path(folder, "_windows", name), **{source: np.concatenate(parts) for source, parts in found.items()})
    return {}


def _save_frequent(folder: Path, work: Work, names: list[str], sampled: dict[str, int]) -> None:
    """Counts a slice of the hashes at a time, so that memory does not grow with the corpus."""
    files: dict[str, list[np.ndarray]] = {}
    for source in sampled:
        folders = [work.folder / "_windows" / name for name in names]
        files[source] = [load_one(one, source) for one in folders if (one / f"{source}.npy").exists()]
    slices = 1 + sum(len(one) for parts in files.values() for one in parts) // _AT_ONCE
    others = _others(work.config["sources"], list(sampled))
    found: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {source: [] for source in sampled}
    for number in range(slices):
        held = {
            source: np.concatenate(
                [np.empty(0, np.uint64), *(one[one % np.uint64(slices) == number] for one in parts)]
            )
            for source, parts in files.items()
        }
        for source, arrays in over_frequent(held, sampled, others, work.config["phrases"]).items():
            found[source].append(arrays)
    arrays_of: dict[str, np.ndarray] = {}
    for source, several in found.items():
        joined = [np.concatenate(arrays) for arrays in zip(*several, strict=True)]
        order = np.argsort(joined[0])
        for part, array in zip(_PARTS, joined, strict=True):
            arrays_of[f"{source}.{part}"] = array[order]
    save(folder, **arrays_of)


def _others(labels: dict[str, dict[str, str]], sources: list[str]) -> dict[str, list[str]]:
    """Of each source, those of its language: of another task where there are such, else all others."""
    found = {}
    for source in sources:
        mine = labels[source]
        same = [
            one for one in sources if one != source and labels[one].get("language") == mine.get("language")
        ]
        found[source] = [one for one in same if labels[one].get("task") != mine.get("task")] or same
    return found


def runs_of_shard(select: str, name: str, folder: str, config: dict[str, Any]) -> Counts:
    """`_runs/NAME`: phrases in documents, a row for each phrase and document; its text at the smallest id."""
    spelt: dict[tuple[str, int], tuple[str, str]] = {}
    rows: list[dict[str, Any]] = []
    for row in _rows(select, name):
        mine, frequent = _windows(row, config), _load_frequent(folder, row["source"])
        for one in _unique(_runs(row["text"], mine, frequent, config)):
            named = (row["source"], one.key)
            if named not in spelt or row["id"] < spelt[named][0]:
                spelt[named] = row["id"], row["text"][one.start : one.end]
            at = np.searchsorted(frequent[0], one.window)
            rows.append(
                {
                    "id": row["id"], "source": row["source"], "key": one.key, "chars": one.end - one.start,
                    "odds": float(frequent[2][at]),
                }
            )  # fmt: skip
    for found in rows:
        smallest, text = spelt[found["source"], found["key"]]
        found["text"] = text if found["id"] == smallest else None
    with writing(Path(folder, "_runs", f"{name}.parquet")) as aside:
        pq.write_table(pa.Table.from_pylist(rows, schema=RUNS), aside, compression="zstd")
    return {}


def _runs(
    text: str, mine: Windows, frequent: tuple[np.ndarray, np.ndarray, np.ndarray], config: dict[str, Any]
) -> list[Run]:
    hashes = np.where(mine.broken, np.uint64(0), mine.hashes)
    found, counts, _ = frequent
    return runs(text, mine.starts, mine.ends, hashes, mine.size, found, counts, whole=config["whole"])


def _unique(found: list[Run]) -> list[Run]:
    return list({one.key: one for one in found}.values())


@cache
def _load_frequent(folder: str, source: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    hashes, counts, odds = (load_one(Path(folder, "_frequent"), f"{source}.{part}") for part in _PARTS)
    return hashes, counts, odds


def documents_of_shard(select: str, name: str, folder: str, config: dict[str, Any]) -> Counts:
    """One shard of documents and ledger."""
    target, file = Path(folder), f"{name}.parquet"
    source = Path(select, "documents", file)
    caps = config["action"] != "report"
    chosen = _chosen(target / TABLE) if caps else {}
    verdicts: list[Verdict] = []
    counts: Counts = {"in": 0, "documents": 0, "edited": 0, "masked": 0}
    reads = ["id", "source", "origin", "text", "masks"]
    searches = caps or bool(config["forbid"])
    with texts.Writer(target, source) as writer:
        for part in texts.parts(source, reads):
            changed = np.zeros(len(part.rows), bool)
            rows = part.rows.to_pylist() if searches else []
            counts["in"] += len(part.rows) - len(rows)
            for place, row in enumerate(rows):
                counts["in"] += 1
                found = [
                    (start, end, phrase, 0) for start, end, phrase in literal(row["text"], config["forbid"])
                ]
                if caps and row["source"] in chosen:
                    frequent = _load_frequent(folder, row["source"])
                    for one in _runs(row["text"], _windows(row, config), frequent, config):
                        phrase = chosen[row["source"]].get(one.key)
                        if phrase and row["id"] not in phrase["keeps"]:
                            found.append((one.start, one.end, phrase["phrase"], phrase["documents"]))
                if found:
                    _cap(row, found, config, verdicts, counts)
                    changed[place] = True
            if not changed.any():
                writer.add(part)
                continue
            text = pa.array([row["text"] for row in rows], pa.string())
            writer.add(part, text, pa.array([row["masks"] for row in rows], masks.TYPE), changed)
    counts["documents"] = counts["in"]
    ledger.write(target / "ledger" / file, verdicts)
    return counts


def _chosen(path: Path) -> dict[str, dict[int, dict[str, Any]]]:
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for row in pq.read_table(path).to_pylist():
        if row["verdict"] == "cap":
            found.setdefault(row["source"], {})[row["key"]] = {**row, "keeps": frozenset(row["keeps"])}
    return found


def _cap(
    row: dict[str, Any],
    found: list[tuple[int, int, str, int]],
    config: dict[str, Any],
    verdicts: list[Verdict],
    counts: Counts,
) -> None:
    """Cap a document's phrases in place, with a verdict for each phrase."""
    action = "drop" if config["action"] == "drop" else "mask"
    before = row["text"]
    row["text"], spans = capped(before, of_rows(row["masks"]), [one[:2] for one in found], action)
    row["masks"] = to_rows(spans)
    counts["edited" if action == "drop" else "masked"] += 1
    for phrase, documents_with in dict.fromkeys((one[2], one[3]) for one in found):
        verdicts.append(
            Verdict(
                row["id"], row["source"], "phrases", "edit" if action == "drop" else "mask",
                "phrase" if documents_with else "forbidden", row["origin"], excerpt=phrase,
                score=float(documents_with) or None, threshold=float(config["keep"]), match=phrase[:80],
            )
        )  # fmt: skip
