"""Readers of runs import no step and no trainer, so that a run is read without what made it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import rewarm

SOURCE = Path(rewarm.__file__).parent
_IMPORT = re.compile(r"^\s*(?:from|import) rewarm\.(\w+)", re.M)


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("statistics", {"statistics"}),
        ("runs", {"runs", "corpus", "model", "errors", "pii", "statistics"}),
        ("diagnose", {"diagnose", "runs", "corpus", "model", "engine", "statistics", "text", "errors"}),
        ("report", {"report", "diagnose", "runs", "corpus", "statistics", "recipe", "engine", "errors"}),
    ],
)
def test_imports_go_one_way(folder: str, allowed: set[str]) -> None:
    found = {name for path in (SOURCE / folder).rglob("*.py") for name in _IMPORT.findall(path.read_text())}
    assert found <= allowed


def test_reading_a_run_loads_neither_a_step_nor_torch() -> None:
    code = "import sys, rewarm.runs.run; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = said.stdout.split()
    assert "torch" not in loaded and "pydantic" not in loaded
    assert not [name for name in loaded if re.match(r"rewarm\.(data|train|evaluate|report|pipeline)", name)]
