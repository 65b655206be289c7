"""Runs the command line in children forked from one interpreter that has imported torch and transformers.

Importing them takes longer than most runs of these tests. A child is a process of its own with its own
directory, environment, output and exit code; what `rewarm` itself imports is imported anew in each. What
must be killed or timed starts an interpreter of its own (`command_line.command`).
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

_IMPORTS = "click jinja2 numba pyarrow.parquet pydantic torch transformers yaml".split()  # noqa: SIM905


class WarmInterpreter:
    """Starts the interpreter at the first call and ends with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(self, arguments: list[str], folder: Path, environment: dict[str, str]) -> Any:
        """Run `rewarm ARGUMENTS` in `folder`; a CompletedProcess with text output."""
        with self._lock, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            process = self._started()
            assert process.stdin and process.stdout
            paths = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (out, err)]
            request = {"arguments": arguments, "folder": str(folder), "environment": environment, "to": paths}
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(arguments, code, out.read(), err.read())

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            atexit.register(self._process.kill)
        return self._process


def _serve() -> list[str]:
    """Fork a child for each request and answer with its exit code; returns the arguments in the child."""
    import importlib

    for name in _IMPORTS:
        importlib.import_module(name)
    # Classes are looked up lazily: the ones that every run needs.
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        server = os.getpid()
        child = os.fork()
        if child == 0:
            _become(request, server)
            return ["rewarm", *request["arguments"]]
        status = os.waitpid(child, 0)[1]
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit(0)


def _become(request: dict[str, Any], server: int) -> None:
    from rewarm.engine.die_with_parent import die_with

    die_with(server)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, path in enumerate(request["to"], start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), number)


if __name__ == "__main__":
    sys.argv = _serve()
    from rewarm.cli.main import main

    main()
