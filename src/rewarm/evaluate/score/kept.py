"""Scores that are kept: a task that was scored with the same model, items and prompt is not scored again."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from rewarm.corpus.tables import task_scores
from rewarm.evaluate.score.task_scores import Asked, Scores
from rewarm.evaluate.tasks.item import record_of

# Change it when the same request gets other scores.
_VERSION = 1


def scored(folder: Path, task: str, key: str, score: Callable[[], Scores]) -> Scores:
    """The kept scores of a task, or those that `score` gives, which are then kept.

    folder: of all scores; key: of model and request (`key_of`).
    """
    path = folder / task.replace("/", "_") / f"{key}.parquet"
    if path.exists():
        try:
            table, about = task_scores.read(path)
            return Scores(table, about["forwarded"], about["method"], about["cut"])
        except (OSError, ValueError, KeyError, pa.ArrowException):
            # A damaged file is scored again.
            path.unlink()
    found = score()
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {"task": task, "forwarded": found.forwarded, "method": found.method, "cut": found.cut}
    task_scores.write(path, found.table, settings)
    return found


def key_of(model: str, asked: Asked | str) -> str:
    """20 hex digits. model: its identity; asked: items and prompt, or what else names the request."""
    content: list[Any] = [_VERSION, model]
    if isinstance(asked, str):
        content.append(asked)
    else:
        content += [
            asked.form, asdict(asked.prompt), asked.open, asked.normalisation, asked.max_tokens,
            [record_of(item) for item in asked.shots], [record_of(item) for item in asked.items],
        ]  # fmt: skip
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=10).hexdigest()
