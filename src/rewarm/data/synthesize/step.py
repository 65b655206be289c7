"""The step `synthesize`: asks a teacher about the domain's documents, and adds what passes as documents.

It stands between `redact` and `clean`: the teacher sees redacted text only, and synthetic text passes
every rule, `dedupe`, `trim` and `decontaminate` like any other. Three phases: `ask`, shard by shard,
resumed by the client's cache to the single answer; decisions over all candidates (repeated questions,
layouts, patterns), in memory; and the tables. Off, it links the documents and does nothing.
"""

import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from rewarm.corpus.tables import documents, labels, texts
from rewarm.data.synthesize.asking import ask
from rewarm.data.synthesize.candidates import Candidate, Rejected, candidate, plain, rejection
from rewarm.data.synthesize.decisions import decide
from rewarm.data.synthesize.output_tables import origin_row, write
from rewarm.data.synthesize.selection import heldout_of, origins, prepare, terms_of
from rewarm.data.synthesize.summary import summarise
from rewarm.engine.publish import link, writing
from rewarm.engine.work import Counts, Work, reconcile
from rewarm.llm.client import Client
from rewarm.recipe.llm import Llm

_CANDIDATES = "_candidates"


def run(work: Work) -> Counts:
    """redact, holdout → documents, split (as they were, and one shard more for each that gave some),
    synthetic, questions, rejected and summary.json."""
    config, seed = work.config["synthesize"], work.config["seed"]
    given, splits = work.table("documents"), work.table("split")
    names = [shard.name for shard in documents.shards(given)]
    for table in ("documents", "split"):
        (work.folder / table).mkdir(exist_ok=True)
    for name in names:
        texts.hand_on(work.folder, given / name)
        link(splits / name, work.folder / "split" / name)
    total = sum(texts.count(given / name) for name in names)
    if not config["enabled"]:
        return {"documents": total, "made": 0}
    prepare(work, given, splits, names)
    terms, held = terms_of(work), heldout_of(work)

    def ask_shard(name: str, folder: Path | None, split: Path) -> Counts:
        counts: Counter[str] = Counter()
        sent = list(origins(folder or given, split, name, work, held, counts, rewritten=folder is not None))
        found = ask(sent, terms, config, seed, client)
        table = "routed" if folder else "documents"
        identities = pa.array([origin.row["id"] for origin in sent], pa.string())
        own = labels.read(work.tables.get("labels", []), name, identities)
        rows = {
            origin.row["id"]: origin_row(
                origin.row, {axis: value for axis in own if (value := own[axis][place].as_py()) is not None}
            )
            for place, origin in enumerate(sent)
        }
        with writing(work.folder / _CANDIDATES / f"{table}-{Path(name).stem}") as aside:
            kept = [rows, *([plain(one) for one in part] for part in found)]
            aside.write_bytes(orjson.dumps(kept))
        return dict(counts)

    (work.folder / _CANDIDATES).mkdir(exist_ok=True)
    units: list[tuple[Any, ...]] = [(name, None, splits) for name in names]
    for routed in work.tables.get("routed", []):
        units += [(shard.name, routed, splits) for shard in documents.shards(routed)]
    llm = Llm(**work.config["teacher"], **config["teacher"])
    with closing(Client(llm, journal(work))) as client:
        counts = work.map(ask_shard, units, phase="asked")
    rows: dict[str, dict[str, Any]] = {}
    candidates: list[Candidate] = []
    rejected: list[Rejected] = []
    for path in sorted((work.folder / _CANDIDATES).iterdir()):
        more = orjson.loads(path.read_bytes())
        rows.update(more[0])
        candidates += map(candidate, more[1])
        rejected += map(rejection, more[2])
    decided = decide(candidates, {key: row["source"] for key, row in rows.items()}, config, seed)
    decided.rejected[:0] = rejected
    write(
        work, decided, rows, max((int(Path(name).stem.partition("_")[0]) for name in names), default=-1) + 1
    )
    counts |= {"documents": total + len(decided.made), "in": total, "made": len(decided.made)}
    for source, number in sorted(Counter(one.source for one in decided.made).items()):
        counts[f"made.{source}"] = number
    for reason, number in Counter(one.reason.partition(":")[0] for one in decided.rejected).items():
        counts[f"rejected.{reason}"] = number
    counts["rejected"] = len(decided.rejected)
    reconcile("synthesize", "documents", counts["documents"], {"in": total, "made": counts["made"]})
    summarise(work, decided, terms)
    # The notes first: a step killed here asks again, which the cache answers.
    for folder in ("_asked", _CANDIDATES):
        shutil.rmtree(work.folder / folder)
    return counts


def journal(work: Work) -> Path:
    """The run's journal of spending: beside the steps, so that a change of the recipe does not reset it."""
    return work.folder.parent.parent / "llm" / "spent.jsonl"
