"""Runs of the step with a scripted teacher."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted_server import ScriptedServer
from synthesis_run import Run
from teacher import teacher


@pytest.fixture
def synthesis(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Gives runs with a scripted teacher; `wrong` as in `teacher.teacher`."""
    started: list[ScriptedServer] = []

    def make(wrong: Any = None, folder: str = "a", **options: Any) -> Run:
        run = Run(tmp_path / folder)
        run.server = ScriptedServer(teacher(wrong), **options)
        started.append(run.server)
        return run

    yield make
    for server in started:
        server.close()
