"""Units as tasks of a Ray cluster, on shards in storage that every machine sees under one path.

Ray places tasks, notices lost machines and ends what a dead driver left; retries are rewarm's, so that
they are counted the same on each engine (`max_retries=0`). Text never goes through Ray: a task gets
paths and gives counts. Ray joins nothing here, so Daft adds nothing to this map; see docs/engine.md.
"""

import os
import socket
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rewarm.engine.interface import Counts, Engine, Failure, Function, Result, Unit
from rewarm.errors import RewarmError

if TYPE_CHECKING:
    from ray import ObjectRef


class Ray:
    """Two units under way for every processor of the cluster, also of machines that join later."""

    def __init__(self, function: Function, units: Sequence[Unit], folder: Path, engine: Engine) -> None:
        """Raises RewarmError without the package or without a cluster."""
        self._ray = _connected(engine)
        self._task = self._ray.remote(max_retries=0, num_cpus=1)(_run)
        self._function, self._units = function, units
        self._where = (str(Path.cwd()), str(folder.absolute()), version("rewarm"))
        self._running: dict[Any, int] = {}

    def room(self) -> int:
        return 2 * max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def submit(self, index: int, *, again: bool) -> None:
        """Start a unit as a task; Ray runs every task in a worker of its own, so `again` changes nothing."""
        reference = self._task.remote(self._where, self._function, self._units[index])
        self._running[reference] = index

    def completed(self) -> Iterable[Result]:
        """Wait for one task and give its result."""
        ready, _ = self._ray.wait(list(self._running), num_returns=1)
        return [(self._running.pop(reference), self._result(reference)) for reference in ready]

    def close(self) -> Iterable[Result]:
        """Cancel the tasks that have not begun; wait for the others and give their results."""
        for reference in self._running:
            self._ray.cancel(reference, force=False)
        results = [(index, self._result(reference)) for reference, index in self._running.items()]
        self._running.clear()
        return results

    def _result(self, reference: "ObjectRef") -> Counts | Failure:
        try:
            result: Counts | Failure = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            return Failure(f"its worker died ({type(error).__name__}: {' '.join(str(error).split())[:300]})")
        return result


def _connected(engine: Engine) -> ModuleType:
    try:
        import ray
    except ImportError as error:
        raise RewarmError(
            "engine: `ray` needs the package; pip install 'rewarm[ray]' here and on every machine of the "
            "cluster, or set `engine: local`"
        ) from error
    if not ray.is_initialized():
        address = engine.address or os.environ.get("RAY_ADDRESS") or "auto"
        try:
            _reach(address)
            ray.init(address=address, log_to_driver=False, logging_level="error")
        except (OSError, RuntimeError, ValueError) as error:
            raise RewarmError(
                f"engine: no Ray cluster at {address}: {' '.join(str(error).split())[:300]}\n"
                "Start one with `ray start --head`, or set `engine: {kind: ray, address: HOST:6379}`"
            ) from error
    module: ModuleType = ray
    return module


def _reach(address: str) -> None:
    """Raise OSError when nobody listens there: Ray would try for minutes and then end the process."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()


def _run(where: tuple[str, str, str], function: Function, unit: Unit) -> Counts | Failure:
    """On a worker. where: the driver's folder, the step's, and the driver's rewarm."""
    directory, folder, wanted = where
    name = socket.gethostname()
    if version("rewarm") != wanted:
        letter = f"engine: {name} has rewarm {version('rewarm')}, this machine {wanted}; install one version"
        return Failure.raised(RewarmError(letter))
    if not (Path(directory).is_dir() and Path(folder).is_dir()):
        letter = (
            f"engine: {name} does not see {folder} or {directory}. Every machine of the cluster needs the "
            "run directory, the sources and the model under the same paths: run from shared storage"
        )
        return Failure.raised(RewarmError(letter))
    # A task has one processor: the tokenizer's threads keep to it.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    os.chdir(directory)  # Recipes and run directories may be named relative to it.
    try:
        return function(*unit)
    except Exception as error:
        print(f"{function.__name__}: {error!r}", file=sys.stderr)
        return Failure.raised(error)
