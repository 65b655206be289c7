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


def scored(folder: Path, task: str, model: str, asked: Asked, score: Callable[[], Scores]) -> Scores:
    """The kept scores of a task under a model, or those that `score` gives, which are then kept.

    folder: of all scores; model: its identity.
    """
    path = folder / task / f"{_key(model, asked)}.parquet"
    if path.exists():
        try:
            table, kept = task_scores.read(path)
            return Scores(table, kept["forwarded"], kept["method"], kept["cut"], kept)
        except (OSError, ValueError, KeyError, pa.ArrowException):
            # A damaged file is scored again.
            path.unlink()
    found = score()
    path.parent.mkdir(parents=True, exist_ok=True)
    about: dict[str, Any] = {
        "task": task, "model": model, "form": asked.form, "prompt": asdict(asked.prompt), "open": asked.open,
        "shots": len(asked.shots), "normalise": asked.normalisation, "forwarded": found.forwarded,
        "method": found.method, "cut": found.cut,
    }  # fmt: skip
    task_scores.write(path, found.table, about)
    return Scores(found.table, found.forwarded, found.method, found.cut, about)


def _key(model: str, asked: Asked) -> str:
    content = [
        _VERSION, model, asked.form, asdict(asked.prompt), asked.open, asked.normalisation, asked.max_tokens,
        [record_of(item) for item in asked.shots], [record_of(item) for item in asked.items],
    ]  # fmt: skip
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=10).hexdigest()
