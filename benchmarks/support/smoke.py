"""Whether this is a smoke run: every part of a benchmark at a size that takes seconds, judging no bar.

`--smoke` on the command line says so, and an environment variable says it to the processes that a
benchmark starts, which choose their sizes where their modules are loaded.
"""

import os
import shutil
import sys
from pathlib import Path

SMOKE = "--smoke" in sys.argv or os.environ.get("REWARM_BENCH_SMOKE") == "1"
if SMOKE:
    os.environ["REWARM_BENCH_SMOKE"] = "1"


def work_folder(given: Path) -> Path:
    """The folder to work in: `given`, which is kept; in a smoke run an empty one beside it, NAME-smoke."""
    folder = given.resolve()
    if SMOKE:
        folder = folder.with_name(f"{folder.name.removesuffix('-bench')}-smoke")
        shutil.rmtree(folder, ignore_errors=True)
    return folder
