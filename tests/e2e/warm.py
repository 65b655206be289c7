"""Runs the command line in children forked from one interpreter that has imported rewarm and its libraries.

Importing them takes longer than most runs of these tests. A child is a process of its own with its own
directory, environment, output and exit code, and can be killed like any other. What torchrun starts, or
must be timed, or has another PYTHONPATH, starts an interpreter of its own.
"""

import atexit
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any

_IMPORTS = "click jinja2 numba pyarrow.parquet pydantic torch transformers yaml".split()  # noqa: SIM905

# They need extras, or run when they are imported.
_OPTIONAL = ("rewarm.trackers.", "rewarm.interop.trainer", "rewarm.engine.on_ray", "rewarm.__main__")


class WarmInterpreter:
    """Starts the interpreter at the first call and ends with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def start(self, arguments: list[str], folder: Path, environment: dict[str, str]) -> "WarmProcess":
        """Begin `rewarm ARGUMENTS` in `folder`."""
        # Closed with the process object; a test may still be waiting for it.
        out, err = (tempfile.TemporaryFile("w+") for _ in range(2))  # noqa: SIM115
        paths = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (out, err)]
        asked = {"arguments": arguments, "folder": str(folder), "environment": environment, "to": paths}
        child = self._ask(asked)
        assert child is not None
        return WarmProcess(self, child, arguments, out, err)

    def exit_code(self, child: int) -> int | None:
        """Of a child, negative for a signal; None while it runs."""
        return self._ask({"child": child})

    def _ask(self, request: dict[str, Any]) -> int | None:
        with self._lock:
            process = self._started()
            assert process.stdin and process.stdout
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer: int | None = json.loads(process.stdout.readline())
            return answer

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            atexit.register(self._end, self._process)
        return self._process

    @staticmethod
    def _end(process: "subprocess.Popen[str]") -> None:
        process.kill()
        process.communicate()


class WarmProcess:
    """What the tests use of `subprocess.Popen`, for a forked child."""

    def __init__(
        self, server: WarmInterpreter, pid: int, arguments: list[str], out: IO[str], err: IO[str]
    ) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server, self._arguments, self._files = server, arguments, (out, err)

    def __del__(self) -> None:
        for file in self._files:
            file.close()

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._server.exit_code(self.pid)
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.005)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self) -> tuple[str, str]:
        """Output and errors so far when it ended."""
        self.wait()
        for file in self._files:
            file.seek(0)
        out, err = (file.read() for file in self._files)
        return out, err

    def completed(self) -> "subprocess.CompletedProcess[str]":
        out, err = self.communicate()
        return subprocess.CompletedProcess(self._arguments, self.wait(), out, err)


def _serve() -> list[str]:
    """Fork a child for each request, or say how one ended; returns the arguments in the child."""
    import importlib

    import rewarm

    modules = [module.name for module in pkgutil.walk_packages(rewarm.__path__, "rewarm.")]
    for name in [*_IMPORTS, *(name for name in modules if not name.startswith(_OPTIONAL))]:
        importlib.import_module(name)
    # Classes are looked up lazily: the ones that every run needs.
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        if "child" in request:
            ended, status = os.waitpid(request["child"], os.WNOHANG)
            print(os.waitstatus_to_exitcode(status) if ended else "null", flush=True)
            continue
        server = os.getpid()
        child = os.fork()
        if child == 0:
            _become(request, server)
            return ["rewarm", *request["arguments"]]
        print(child, flush=True)
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
