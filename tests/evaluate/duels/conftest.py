"""Answer files, judges behind a scripted server, and settings that reach them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import judges
import pytest
from scripted_server import ScriptedServer

from rewarm.recipe.duels import Duels


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def answers(tmp_path: Path) -> Callable[..., list[tuple[str, Path]]]:
    """Writes a file for each model: answers in the order of the prompts, None for a missing one."""

    def make(**models: list[str | None]) -> list[tuple[str, Path]]:
        files = []
        for name, texts in models.items():
            rows = [
                {"id": f"p{number:03}", "prompt": f"Question {number}?", "answer": text}
                for number, text in enumerate(texts)
                if text is not None
            ]
            files.append(("", write(tmp_path / f"{name}.jsonl", rows)))
        return files

    return make


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts judges that end with the test: a rule of `judges`, or a raw `answer` of the server."""
    started: list[ScriptedServer] = []

    def start(rule: judges.Rule | None = None, answer: Any = None) -> ScriptedServer:
        started.append(ScriptedServer(answer or judges.judge(rule or judges.by_quality)))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Duels]:
    """Settings with a judge at a URL, an own cache and quick retries; `judge` overrides its part."""

    def make(url: str, judge: dict[str, Any] | None = None, **fields: Any) -> Duels:
        plain = {"url": url, "model": "j", "cache": tmp_path / "cache", "backoff": 0.01, "timeout": 10}
        return Duels.model_validate({"bootstrap": 200, **fields, "judge": {**plain, **(judge or {})}})

    return make
