"""A scripted server, and clients of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Answer, FaultProxy, ScriptedServer

from rewarm.llm.client import Client
from rewarm.recipe.llm import Llm


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts servers that end with the test."""
    started: list[Any] = []

    def start(answer: Answer = lambda body: "echo: " + body["messages"][-1]["content"], **options: Any):
        started.append(ScriptedServer(answer, **options))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def spoil() -> Iterator[Callable[..., FaultProxy]]:
    """Starts fault proxies that end with the test."""
    started: list[FaultProxy] = []

    def start(server: ScriptedServer, plan: Iterator[str], **options: Any) -> FaultProxy:
        started.append(FaultProxy(server.url, plan, **options))
        return started[-1]

    yield start
    for proxy in started:
        proxy.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """A client of a URL with quick retries; its cache and journal are in the test's folder."""
    made: list[Client] = []

    def make(url: str, **settings: Any) -> Client:
        plain = {"url": url, "model": "m", "cache": tmp_path / "cache", "backoff": 0.01, "timeout": 10}
        made.append(Client(Llm(**{**plain, **settings}), tmp_path / "spent.jsonl"))
        return made[-1]

    yield make
    for one in made:
        one.close()
