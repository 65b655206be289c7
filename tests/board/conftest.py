"""A board over two runs, in this process, and requests to it."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import made_runs
import pytest

from rewarm.board.access import Access
from rewarm.board.folder import RunFolder
from rewarm.board.server import Board


@dataclass
class Asked:
    """An answer."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Served:
    """A board that listens, and the folder of its runs."""

    board: Board
    root: Path

    @property
    def port(self) -> int:
        return self.board.server_address[1]

    def get(self, path: str, method: str = "GET", **headers: str) -> Asked:
        """A request with the cookie, unless `headers` has another."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        cookie = f"{self.board.access.cookie}={self.board.access.token}"
        given = {name.replace("_", "-"): value for name, value in headers.items() if value}
        if headers.get("Cookie", "x"):
            given.setdefault("Cookie", cookie)
        connection.putrequest(method, path, skip_host="Host" in given)
        for name, value in given.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        found = Asked(answer.status, dict(answer.getheaders()), answer.read().decode())
        connection.close()
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("runs")
    made_runs.training(root / "law")
    made_runs.training(root / "more" / "second", seed=1)
    board = Board(RunFolder(root), Access())
    thread = Thread(target=board.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield Served(board, root)
    board.shutdown()
    board.server_close()
    thread.join()
