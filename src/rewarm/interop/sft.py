"""Question–answer pairs of a run for supervised fine-tuning, in the formats that trainers read.

Only pairs of documents that the run kept to its end are written: a pair that `decontaminate` found in a
benchmark must not come back through fine-tuning, nor one with a surrogate of personal data, for which no
trainer would mask the loss. Where the run stopped earlier, the counts say so.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from rewarm.corpus.tables import documents
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.runs import step_tables
from rewarm.runs.run import Run

_LAST = "decontaminate"
_NAME = "questions.jsonl"


def write(run: Run, folder: Path, to: str) -> dict[str, Any]:
    """Write FOLDER/questions.jsonl, one line per pair, and for LLaMA-Factory dataset_info.json.

    to: sharegpt, alpaca, llama-factory or trl. Returns counts: pairs, dropped (of documents that a later step
    dropped), masked (omitted, because their origin has masked text in them), decontaminated (whether the
    run got that far). Raises RewarmError for a folder that is there, and for a run without questions.
    """
    synthesized = run.steps.get("synthesize")
    table = synthesized.path / "questions" if synthesized else None
    if table is None or not table.is_dir():
        raise RewarmError(f"{run.path}: has no questions; set synthesize: {{enabled: true}} and run it")
    if folder.exists():
        raise RewarmError(f"{folder}: already exists; give a new folder")
    last = run.steps.get(_LAST)
    left = None if last is None else set(_left(last))
    folder.mkdir(parents=True)
    counts: dict[str, Any] = {
        "to": to,
        "pairs": 0,
        "dropped": 0,
        "masked": 0,
        "decontaminated": last is not None,
    }
    form = _FORMS[to]
    with writing(folder / _NAME) as aside, aside.open("wb") as file:
        for row in documents.rows(table):
            if left is not None and row["id"] not in left:
                counts["dropped"] += 1
                continue
            if row["masked"]:
                counts["masked"] += 1
                continue
            counts["pairs"] += 1
            file.write(orjson.dumps(form(row["question"], row["answer"])) + b"\n")
    if to == "llama-factory":
        info = {
            f"{run.record.name or 'rewarm'}_questions": {
                "file_name": _NAME,
                "formatting": "sharegpt",
                "columns": {"messages": "conversations"},
                "tags": {
                    "role_tag": "from",
                    "content_tag": "value",
                    "user_tag": "human",
                    "assistant_tag": "gpt",
                },
            }
        }
        with writing(folder / "dataset_info.json") as aside:
            aside.write_bytes(orjson.dumps(info, option=orjson.OPT_INDENT_2) + b"\n")
    return counts


def lines(found: dict[str, Any]) -> list[str]:
    """For a terminal."""
    told = [f"wrote     {found['pairs']:,} pairs; {found['dropped']:,} more were dropped by later steps"]
    if found["masked"]:
        told.append(f"left out  {found['masked']:,} pairs with what is masked in their origin")
    if not found["decontaminated"]:
        told.append("warning   the run has not come to `decontaminate`: pairs may hold benchmark items")
    return told


def _left(step: step_tables.StepFolder) -> Iterator[str]:
    for shard in step.shards():
        rows = step_tables.went_on(step, shard, [])
        if rows is not None:
            yield from rows["id"].to_pylist()


def _sharegpt(question: str, answer: str) -> dict[str, Any]:
    return {"conversations": [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]}


_FORMS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "sharegpt": _sharegpt,
    "llama-factory": _sharegpt,
    "alpaca": lambda question, answer: {"instruction": question, "input": "", "output": answer},
    "trl": lambda question, answer: {
        "messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    },
}
