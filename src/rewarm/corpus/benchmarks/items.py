"""Reads benchmark items: what is asked, and what stands beside it as choices and answers.

A broken record is an error and not a fault to go on from: a benchmark that is looked for by half
would pass as clean.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.benchmarks import canary
from rewarm.corpus.io.streams import BROKEN, open_plain, without_compression
from rewarm.errors import RewarmError


@dataclass(frozen=True)
class Item:
    """name: BENCHMARK/ID; options: choices and answers as text, in the order of the fields."""

    name: str
    question: str
    options: tuple[str, ...]


def read(benchmark: dict[str, Any], files: list[str]) -> list[Item]:
    """Every item of a benchmark (`Benchmark`, plain), in order of files and records.

    Of items that rewarm built, the fields are known, and those of a recall set are left out.
    Raises RewarmError for a file that cannot be read whole, and when no record has a question.
    """
    items: list[Item] = []
    fields: dict[str, None] = {}
    about_training = 0
    for file in files:
        path = Path(file)
        stem = f"{path.name.split('.')[0]}:" if len(files) > 1 else ""
        for number, record in enumerate(records(path), start=1):
            fields.update(dict.fromkeys(record))
            if canary.recall(record):
                about_training += 1
                continue
            asked, chosen = benchmark["question"], benchmark["options"]
            if record.get("canary") == canary.CANARY:
                asked, chosen = ["question"], ["options" if record.get("options") else "answer"]
            given = _texts(record, benchmark["id"]) if benchmark["id"] else []
            question = "\n".join(text for field in asked for text in _texts(record, field) if text.strip())
            options = [text for field in chosen for text in _texts(record, field) if text.strip()]
            name = f"{benchmark['name']}/{stem}{given[0] if given else number}"
            items.append(Item(name, question, tuple(dict.fromkeys(options))))
    if about_training:
        print(
            f"decontaminate: {benchmark['name']}: {about_training:,} recall items are not looked for; their "
            "documents are meant to be trained on",
            file=sys.stderr,
        )
    if not any(item.question for item in items) and not about_training:
        raise RewarmError(
            f"decontaminate.benchmarks.{benchmark['name']}.question: no record in {files[0]} has "
            f"{' or '.join(benchmark['question'])}; fields are {', '.join(list(fields)[:12]) or 'none'}"
        )
    return items


def records(path: Path) -> Iterator[dict[str, Any]]:
    name = without_compression(path.name.lower())
    try:
        if name.endswith(".parquet"):
            yield from pq.read_table(path).to_pylist()
            return
        with open_plain(path, None, path.name) as stream:
            content = stream.read()
        if name.endswith((".csv", ".tsv")):
            rows = io.StringIO(content.decode("utf-8-sig"), newline="")
            yield from csv.DictReader(rows, delimiter="\t" if name.endswith(".tsv") else ",")
            return
        if name.endswith(".json") and content.lstrip()[:1] == b"[":
            rows_of = orjson.loads(content)
        else:
            lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
            rows_of = [orjson.loads(line) for line in lines if line.strip()]
        for number, row in enumerate(rows_of, start=1):
            if not isinstance(row, dict):
                raise RewarmError(f"{path}: record {number} is not an object with fields")
            yield row
    except (OSError, ValueError, csv.Error, pa.ArrowException, *BROKEN) as error:
        raise RewarmError(
            f"{path}: a benchmark must be read whole, and this one breaks: {error}. "
            "Known are JSON lines, a JSON array, Parquet, CSV and TSV"
        ) from error


def _texts(record: object, field: str) -> list[str]:
    """The texts at a dotted path; of lists and mappings all that they hold, in order."""
    value = record
    for at, key in enumerate(parts := field.split(".")):
        if isinstance(value, list):
            rest = ".".join(parts[at:])
            return [text for element in value for text in _texts(element, rest)]
        if not isinstance(value, dict) or key not in value:
            return []
        value = value[key]
    return _flat(value)


def _flat(value: object) -> list[str]:
    if isinstance(value, dict):
        # {"text": [...], "label": [...]}: labels are no text of the item.
        return _flat(value["text"]) if "text" in value else [t for v in value.values() for t in _flat(v)]
    if isinstance(value, list):
        return [text for element in value for text in _flat(element)]
    if value is None or isinstance(value, bool):
        return []
    text = value if isinstance(value, str) else json.dumps(value)
    # Lone surrogates, which JSON may spell, are no UTF-8.
    return [text.encode("utf-8", "replace").decode()]
