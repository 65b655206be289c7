"""Who may import whom, from the import statements of all modules, those inside functions included."""

import subprocess
import sys
from graphlib import TopologicalSorter

import pytest

from rewarm.pipeline.import_closure import PACKAGE, Package
from rewarm.pipeline.step_list import STEPS


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    """File → files that it imports, without the packages that it lies in."""
    package = Package(PACKAGE)
    return {
        file: {other for other in package.imported(file) if not _around(file, other)}
        for file in package.modules.values()
    }


def _around(file: str, other: str) -> bool:
    return file == other or (other.endswith("__init__.py") and file.startswith(other[: -len("__init__.py")]))


def test_no_cycle(imported: dict[str, set[str]]) -> None:
    TopologicalSorter(imported).prepare()


def test_no_step_imports_another(imported: dict[str, set[str]]) -> None:
    package = Package(PACKAGE)
    runs = {package.modules[linked.step.module] for linked in STEPS}
    assert len(runs) == len(STEPS)
    pairs = [(one, two) for one, others in imported.items() for two in others if "__init__" not in two]
    across = [(one, two) for one, two in pairs if _step(one) and _step(two) and _step(one) != _step(two)]
    assert across == []
    calls = [(one, two) for one, two in pairs if two in runs and _step(one) != _step(two)]
    # The ranks beside the first run nothing but this step.
    assert calls == [("cli/run.py", "train/step.py")]


def _step(file: str) -> str:
    """The folder of the step that a file belongs to, "" for none."""
    folders = {
        linked.step.module.replace("rewarm.", "").replace(".", "/").rpartition("/")[0] for linked in STEPS
    }
    return next((folder for folder in folders if file.startswith(f"{folder}/")), "")


def test_declarations_import_no_step(imported: dict[str, set[str]]) -> None:
    """So that planning a run, and `rewarm --help`, import nothing that computes."""
    heavy = {"torch", "transformers", "pyarrow", "numba", "numpy"}
    runs = {linked.step.module for linked in STEPS}
    code = "import sys, rewarm.pipeline.planning; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not (heavy | runs) & set(done.stdout.split())
