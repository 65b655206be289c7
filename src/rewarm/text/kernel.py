"""Compile loops over bytes and hashes: numba without the interpreter lock, kept on disk between runs.

A kernel is a plain function over numpy arrays. Compiled code is stored beside the package, or in
rewarm's cache where that cannot be written, so that only the first run on a machine compiles (some
10 seconds). numba asks whether a kernel's own file changed, not whether one that it calls did or a
constant from beside it; so the folder is named after the source of all of them and of the files beside
them. Threads may run kernels side by side.
Importing numba takes half a second: only modules with a kernel import this one, and only steps that
need them import those.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import numba

from rewarm.corpus.io.wheel import cache_dir

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile on first call, for the types of that call.

    Integers wrap as C's do, and an index is not checked: what a kernel may write is bounded before.
    """
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_compiled())
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # The cache cannot be written: compile in every run.
        return cast(F, numba.njit(nogil=True)(function))
    finally:
        numba.config.CACHE_DIR = before


@cache
def _compiled() -> Path:
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sources(root):
        digest.update(path.read_bytes())
    beside = root / "__pycache__"
    with suppress(OSError):
        beside.mkdir(exist_ok=True)
    home = beside if os.access(beside, os.W_OK) else cache_dir()
    return home / f"kernels-{digest.hexdigest()[:16]}"


def sources(root: Path) -> list[Path]:
    """The files of every folder below `root` that has a kernel."""
    folders = {path.parent for path in root.rglob("*.py") if b"text.kernel import" in path.read_bytes()}
    return sorted(path for folder in folders for path in folder.glob("*.py"))
