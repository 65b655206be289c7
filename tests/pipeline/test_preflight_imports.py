"""Preflight reports within seconds, so it is loaded without what takes seconds to load."""

import subprocess
import sys


def test_preflight_is_loaded_without_torch() -> None:
    code = "import sys, rewarm.pipeline.preflight; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers"} & set(said.stdout.split())
