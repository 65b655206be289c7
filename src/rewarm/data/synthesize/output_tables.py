"""The tables of the step, row by row."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, labels, masks, synthetic
from rewarm.data.synthesize.candidates import Rejected
from rewarm.data.synthesize.decisions import Decided, Made
from rewarm.engine.publish import writing
from rewarm.engine.work import Work

# Shorter surrogates would mask words by chance.
_LEAST_MASK = 2


def origin_row(row: dict[str, Any], own: dict[str, str]) -> dict[str, Any]:
    """What a synthetic document takes over from its origin. own: the labels that the origin brings along."""
    spans = masks.of_rows(row["masks"])
    hidden = sorted({row["text"][start:end] for start, end in spans if end - start >= _LEAST_MASK}, key=len)
    return {
        "source": row["source"],
        "origin": row["origin"],
        "labels": own,
        "hidden": hidden[::-1],
    }


def write(work: Work, decided: Decided, rows: dict[str, dict[str, Any]], first: int) -> None:
    """The tables, each of one shard; documents and split as the shard after the last."""
    teacher = work.config["synthesize"]["teacher"]
    named = f"{teacher['model']}@{teacher['revision']}" if teacher["revision"] else teacher["model"]
    tables: dict[str, tuple[pa.Schema, list[dict[str, Any]]]] = {
        "synthetic": (synthetic.ORIGINS, [_origin(one, named) for one in decided.made]),
        "questions": (synthetic.QUESTIONS, [row for one in decided.made for row in _questions(one, rows)]),
        "rejected": (synthetic.REJECTED, [_rejected(one, rows, named) for one in decided.rejected]),
    }
    if decided.made:
        tables["documents"] = (documents.SCHEMA, [_document(one, rows, named) for one in decided.made])
        hashes = [{"id": one.id, "heldout": False, "text_hash": 0} for one in decided.made]
        split = pa.schema([("id", pa.string()), ("heldout", pa.bool_()), ("text_hash", pa.uint64())])
        tables["split"] = (split, hashes)
        given = [
            (one.id, {**rows[one.candidate.asked.document]["labels"], "synthetic": one.candidate.asked.mode})
            for one in decided.made
        ]
        axes = list(dict.fromkeys(axis for _, own in given for axis in own))
        labels.write(work.folder / "labels" / f"{first:05}.parquet", given, axes)
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
        "facts_before": measures.facts_before, "facts_after": measures.facts_after,
    }  # fmt: skip


def _questions(one: Made, rows: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    hidden = rows[one.candidate.asked.document]["hidden"]
    for number, pair in enumerate(one.pairs):
        masked = bool(_hidden(f"{pair['question']}\n{pair['answer']}", hidden))
        yield {"id": one.id, "number": number, "focus": one.candidate.asked.focus, "masked": masked, **pair}


def _rejected(one: Rejected, rows: dict[str, dict[str, Any]], teacher: str) -> dict[str, Any]:
    asked, measures = one.asked, one.measures
    return {
        "origin": asked.document, "passage": asked.passage,
        "source": rows[asked.document]["source"], "mode": asked.mode, "prompt": asked.prompt,
        "sample": asked.sample, "teacher": teacher, "answer": one.answer, "reason": one.reason,
        "text": one.text,
        "kept": measures.kept, "on_topic": measures.on_topic, "novelty": measures.novelty,
    }  # fmt: skip
