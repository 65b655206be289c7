"""The step `synthesize`: asks a teacher about the domain's documents, and adds what passes as documents.

It stands between `redact` and `clean`: the teacher sees redacted text only, and synthetic text passes
every rule, `dedupe`, `trim` and `decontaminate` like any other. Three phases: `ask`, shard by shard,
resumed by the client's cache to the single answer; decisions over all candidates (repeated questions,
layouts, patterns), in memory; and the tables. Off, it links the documents and does nothing.
"""

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, masks, synthetic
from rewarm.data.synthesize import patterns
from rewarm.data.synthesize.asking import ask
from rewarm.data.synthesize.candidates import Candidate, Rejected, candidate, plain, rejection
from rewarm.data.synthesize.decisions import Decided, Made, decide
from rewarm.data.synthesize.passages import Origin, cut, drawn, heldout_grams, share_in
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile
from rewarm.llm.client import Client
from rewarm.recipe.llm import Llm
from rewarm.text.domain_terms import DomainTerms, mine

# Terms of more documents are hardly others.
_MINED = 2000
_HELDOUT, _TERMS, _LIMITS, _CANDIDATES = "_heldout.npy", "_terms.json", "_limits.json", "_candidates"
# Shorter surrogates would mask words by chance.
_LEAST_MASK = 2


def run(work: Work) -> Counts:
    """redact, holdout → documents, split (as they were, and one shard more for each that gave some),
    synthetic, questions, rejected and summary.json."""
    config, seed = work.config["synthesize"], work.config["seed"]
    texts, splits = work.table("documents"), work.table("split")
    names = [shard.name for shard in documents.shards(texts)]
    for table, folder in (("documents", texts), ("split", splits)):
        (work.folder / table).mkdir(exist_ok=True)
        for name in names:
            _link(folder / name, work.folder / table / name)
    total = sum(pq.read_metadata(texts / name).num_rows for name in names)
    if not config["enabled"]:
        return {"documents": total, "made": 0}
    _prepare(work, texts, splits, names)
    terms = DomainTerms(**json.loads((work.folder / _TERMS).read_text()))
    held = np.load(work.folder / _HELDOUT)
    client = Client(Llm(**work.config["teacher"], **config["teacher"]), _journal(work))

    def ask_shard(name: str, folder: Path | None, split: Path) -> Counts:
        counts: Counter[str] = Counter()
        origins = list(
            _origins(folder or texts, split, name, work, held, counts, rewritten=folder is not None)
        )
        found = ask(origins, terms, config, seed, client)
        table = "routed" if folder else "documents"
        rows = {origin.row["id"]: _origin_row(origin.row) for origin in origins}
        with writing(work.folder / _CANDIDATES / f"{table}-{Path(name).stem}") as aside:
            kept = [rows, *([plain(one) for one in part] for part in found)]
            aside.write_bytes(orjson.dumps(kept))
        return dict(counts)

    (work.folder / _CANDIDATES).mkdir(exist_ok=True)
    units: list[tuple[Any, ...]] = [(name, None, splits) for name in names]
    for routed in work.tables.get("routed", []):
        units += [(shard.name, routed, splits) for shard in documents.shards(routed)]
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
    _write(work, decided, rows, max((int(Path(name).stem) for name in names), default=-1) + 1)
    counts |= {"documents": total + len(decided.made), "in": total, "made": len(decided.made)}
    for source, number in sorted(Counter(one.source for one in decided.made).items()):
        counts[f"made.{source}"] = number
    for reason, number in Counter(one.reason.partition(":")[0] for one in decided.rejected).items():
        counts[f"rejected.{reason}"] = number
    counts["rejected"] = len(decided.rejected)
    reconcile("synthesize", "documents", counts["documents"], {"in": total, "made": counts["made"]})
    _summarise(work, decided, client, terms)
    shutil.rmtree(work.folder / _CANDIDATES)
    return counts


def _journal(work: Work) -> Path:
    """The run's journal of spending: beside the steps, so that a change of the recipe does not reset it."""
    return work.folder.parent.parent / "llm" / "spent.jsonl"


def _prepare(work: Work, texts: Path, splits: Path, names: list[str]) -> None:
    """The domain's terms and the held-out grams, once."""
    if not (work.folder / _HELDOUT).exists():
        with writing(work.folder / _HELDOUT) as aside, aside.open("wb") as file:
            np.save(file, heldout_grams(texts, splits))
    if work.config["synthesize"]["documents"] is not None and not (work.folder / _LIMITS).exists():
        with writing(work.folder / _LIMITS) as aside:
            aside.write_text(json.dumps(_limits(work, texts, splits, names)))
    if not (work.folder / _TERMS).exists():
        wanted = set(work.config["sources"])
        inside: list[tuple[int, str]] = []
        outside: list[tuple[int, str]] = []
        for name in names:
            for row in _rows(texts, splits, name):
                key = drawn(row["id"], work.config["seed"])
                (inside if row["source"] in wanted else outside).append((key, row["text"]))
                for part in (inside, outside):
                    if len(part) > 2 * _MINED:
                        part.sort(key=lambda item: item[0])
                        del part[_MINED:]
        few = ([text for _, text in sorted(part)[:_MINED]] for part in (inside, outside))
        found = mine(next(few), next(few))
        with writing(work.folder / _TERMS) as aside:
            told = {"terms": found.terms, "roles": found.roles, "tasks": found.tasks}
            aside.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def _limits(work: Work, texts: Path, splits: Path, names: list[str]) -> dict[str, int]:
    """Source → the largest key (`drawn`) of a document that is sent."""
    most, seed = work.config["synthesize"]["documents"], work.config["seed"]
    keys: dict[str, list[int]] = {}
    for name in names:
        for row in _rows(texts, splits, name):
            keys.setdefault(row["source"], []).append(drawn(row["id"], seed))
    return {source: sorted(found)[:most][-1] for source, found in keys.items()}


def _rows(texts: Path, splits: Path, name: str) -> Iterator[dict[str, Any]]:
    """The documents of a shard that are not held out."""
    split = pq.read_table(splits / name, columns=["id", "heldout"])
    held = set(split.filter(split["heldout"])["id"].to_pylist())
    for batch in pq.ParquetFile(texts / name).iter_batches(batch_size=512):
        yield from (row for row in batch.to_pylist() if row["id"] not in held)


def _origins(
    texts: Path,
    splits: Path,
    name: str,
    work: Work,
    held: np.ndarray,
    counts: Counter[str],
    *,
    rewritten: bool,
) -> Iterator[Origin]:
    config, seed = work.config["synthesize"], work.config["seed"]
    wanted = set(work.config["sources"])
    rows = [row for row in _rows(texts, splits, name) if row["source"] in wanted]
    if config["documents"] is not None and not rewritten:
        limits = json.loads((work.folder / _LIMITS).read_text())
        rows = [row for row in rows if drawn(row["id"], seed) <= limits[row["source"]]]
    for row in rows:
        passages = []
        counts["asked_about"] += 1
        for passage in cut(row["id"], row["text"], config["passage_chars"], config["min_chars"]):
            if share_in(passage.text, held) >= config["heldout_share"]:
                counts["passages_held_out"] += 1
            else:
                passages.append(passage)
        counts["passages"] += len(passages)
        if passages:
            yield Origin(row, passages, rewritten)


def _origin_row(row: dict[str, Any]) -> dict[str, Any]:
    """What a synthetic document takes over from its origin."""
    spans = masks.of_rows(row["masks"])
    hidden = sorted({row["text"][start:end] for start, end in spans if end - start >= _LEAST_MASK}, key=len)
    return {
        "source": row["source"],
        "origin": row["origin"],
        "labels": dict(row["labels"]),
        "hidden": hidden[::-1],
    }


def _write(work: Work, decided: Decided, rows: dict[str, dict[str, Any]], first: int) -> None:
    """The tables, each of one shard; documents and split as the shard after the last."""
    teacher = work.config["synthesize"]["teacher"]
    named = f"{teacher['model']}@{teacher['revision']}" if teacher["revision"] else teacher["model"]
    tables: dict[str, tuple[pa.Schema, list[dict[str, Any]]]] = {
        "synthetic": (synthetic.ORIGINS, [_origin(one, named) for one in decided.made]),
        "questions": (synthetic.QUESTIONS, [row for one in decided.made for row in _questions(one)]),
        "rejected": (synthetic.REJECTED, [_rejected(one, rows, named) for one in decided.rejected]),
    }
    if decided.made:
        tables["documents"] = (documents.SCHEMA, [_document(one, rows, named) for one in decided.made])
        hashes = [{"id": one.id, "heldout": False, "text_hash": 0} for one in decided.made]
        split = pa.schema([("id", pa.string()), ("heldout", pa.bool_()), ("text_hash", pa.uint64())])
        tables["split"] = (split, hashes)
    for table, (schema, found) in tables.items():
        (work.folder / table).mkdir(exist_ok=True)
        number = first if table in ("documents", "split") else 0
        with writing(work.folder / table / f"{number:05}.parquet") as aside:
            pq.write_table(pa.Table.from_pylist(found, schema=schema), aside, compression="zstd")


def _document(one: Made, rows: dict[str, dict[str, Any]], teacher: str) -> dict[str, Any]:
    asked = one.candidate.asked
    origin = rows[asked.document]
    about = {
        "origin": asked.document, "passage": asked.passage, "mode": asked.mode, "prompt": asked.prompt,
        "teacher": teacher, "answer": one.candidate.answer,
    }  # fmt: skip
    return {
        "id": one.id,
        "text": one.text,
        "source": one.source,
        "origin": f"{origin['origin']} > {asked.mode}/{asked.prompt}",
        "labels": {**origin["labels"], "synthetic": asked.mode},
        "meta": json.dumps({"synthetic": about}, ensure_ascii=False),
        "masks": masks.to_rows(_hidden(one.text, origin["hidden"])),
    }


def _hidden(text: str, values: list[str]) -> masks.Spans:
    """Where a synthetic text repeats what was masked in its origin: surrogates are not learnt here either."""
    found = []
    for value in values:
        start = text.find(value)
        while start >= 0:
            found.append((start, start + len(value)))
            start = text.find(value, start + len(value))
    return masks.merged(found)


def _origin(one: Made, teacher: str) -> dict[str, Any]:
    asked, measures = one.candidate.asked, one.candidate.measures
    return {
        "id": one.id, "origin": asked.document, "passage": asked.passage, "source": one.source,
        "mode": asked.mode, "prompt": asked.prompt, "sample": asked.sample, "focus": asked.focus,
        "template": one.template, "teacher": teacher, "answer": one.candidate.answer, "chars": len(one.text),
        "kept": measures.kept, "on_topic": measures.on_topic, "novelty": measures.novelty,
    }  # fmt: skip


def _questions(one: Made) -> Iterator[dict[str, Any]]:
    for number, pair in enumerate(one.pairs):
        yield {"id": one.id, "number": number, "focus": one.candidate.asked.focus, **pair}


def _rejected(one: Rejected, rows: dict[str, dict[str, Any]], teacher: str) -> dict[str, Any]:
    asked, measures = one.asked, one.measures
    return {
        "origin": asked.document, "passage": asked.passage,
        "source": rows[asked.document]["source"], "mode": asked.mode, "prompt": asked.prompt,
        "sample": asked.sample, "teacher": teacher, "answer": one.answer, "reason": one.reason,
        "text": one.text,
        "kept": measures.kept, "on_topic": measures.on_topic, "novelty": measures.novelty,
    }  # fmt: skip


def _summarise(work: Work, decided: Decided, client: Client, terms: DomainTerms) -> None:
    """summary.json: what a reader wants to know before training on it. No cost: that is not of the
    content."""
    asked = [one for one in decided.made if one.pairs]
    plain = [one for one in decided.made if not one.pairs]
    characters = [sum(len(one.text) for one in part) for part in (plain, asked)]
    frequent = patterns.most_frequent([one.text for one in decided.made])
    templates = Counter(one.template for one in decided.made if one.template)
    summary = {
        "documents": dict(sorted(Counter(one.candidate.asked.mode for one in decided.made).items())),
        "rejected": dict(sorted(Counter(one.reason.partition(":")[0] for one in decided.rejected).items())),
        "questions": decided.distinct,
        "distinct_share": round(decided.distinct / decided.questions, 4) if decided.questions else None,
        "question_to_document_characters": round(characters[1] / characters[0], 3) if characters[0] else None,
        "novelty": _quartiles([one.candidate.measures.novelty for one in decided.made]),
        "kept": _quartiles([one.candidate.measures.kept for one in decided.made]),
        "most_frequent": {
            name: {"text": text, "share": round(share, 5)} for name, (text, share) in frequent.items()
        },
        "templates": len(templates),
        "most_frequent_template_share": round(
            max(templates.values(), default=0) / max(1, len(decided.made)), 5
        ),
        "terms": list(terms.terms)[:50],
        "roles": list(terms.roles)[:20],
    }
    with writing(work.folder / "summary.json") as aside:
        aside.write_text(json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8")
    ratio = summary["question_to_document_characters"]
    if isinstance(ratio, float) and asked and not 0.5 <= ratio <= 2:
        print(
            f"synthesize: {ratio:.2f} characters of questions for each of documents; near 1 is best. Change "
            "`synthesize.questions.rounds` or `synthesize.repeats`",
            file=sys.stderr,
        )


def _quartiles(values: list[float]) -> list[float]:
    return [round(float(value), 4) for value in np.quantile(values, [0.25, 0.5, 0.75])] if values else []


def _link(source: Path, target: Path) -> None:
    """The same file under another name: what is published never changes. A copy where links cannot be."""
    if target.exists():
        return
    with writing(target) as aside:
        try:
            os.link(source, aside)
        except OSError:
            shutil.copyfile(source, aside)
