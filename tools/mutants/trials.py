"""Runs tests against mutants, each in a process of its own that this one forks.

Libraries, which take seconds to import, are imported once, before the mutants; rewarm is imported in the
child, from a copy of the sources with the mutant in it. Processes that a test starts see the copy, too.
"""

import contextlib
import importlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Trials:
    """copy: a folder for the sources; tests: files or folders."""

    def __init__(self, copy: Path, tests: list[Path]) -> None:
        self._source, self._modules = copy / "src", copy / "modules"
        shutil.copytree(ROOT / "src", self._source, ignore=shutil.ignore_patterns("__pycache__"))
        self._tests = tests

    def warm_up(self, limit: float) -> bool:
        """Whether the tests pass without a mutant; imports the libraries that they needed."""
        if self._run(self._tests, limit):
            return False
        for name in self._modules.read_text().split():
            if name.split(".")[0] not in ("rewarm", "__main__", "conftest", "tests"):
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
        return True

    def passes(self, module: Path, source: str, limit: float) -> bool:
        """Whether all tests pass in `limit` seconds with this source of a module, a path below src."""
        path = self._source / module
        plain = path.read_text()
        path.write_text(source)
        # A cached compilation of another mutant may have the same time and size.
        for cached in path.parent.glob(f"__pycache__/{path.stem}.*"):
            cached.unlink()
        try:
            # Its own tests first: they are the most likely to fail.
            own = [ROOT / "tests" / module.relative_to("rewarm").with_name(f"test_{module.name}")]
            return self._run([*filter(Path.exists, own), *self._tests], limit) == 0
        finally:
            path.write_text(plain)

    def _run(self, tests: list[Path], limit: float) -> int:
        """The exit status of the tests in a child of this process."""
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            self._test([str(test) for test in tests])
        return self._wait(child, limit)

    def _test(self, tests: list[str]) -> None:
        """In the child: run the tests, and exit with their code."""
        import pytest

        code = 1
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            sys.dont_write_bytecode = self._modules.exists()
            os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(self._source)}
            sys.path.insert(0, str(self._source))
            os.chdir(ROOT)
            # Plugins are imported already, and the tests treat pytest's warning about it as an error.
            plugins = ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
            code = int(pytest.main(["-x", "-q", *plugins, *tests]))
            if not self._modules.exists():
                self._modules.write_text(" ".join(sys.modules))
        finally:
            os._exit(code)

    @staticmethod
    def _wait(child: int, limit: float) -> int:
        """The child's exit status; a child that takes longer is killed, with those that it started."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        return os.waitpid(child, 0)[1]
