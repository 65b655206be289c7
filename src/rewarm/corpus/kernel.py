"""Compile loops over bytes and hashes: numba without the interpreter lock, kept on disk between runs.

A kernel is a plain function over numpy arrays. Compiled code is stored beside the source, or in the
user's cache directory where that is not writable, so that only the first run on a machine compiles
(seconds). Threads may run kernels side by side. Importing numba takes half a second, so only modules
with a kernel import this one, and only steps that need them import those.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile on first call, for the types of that call.

    Integers wrap as C's do, and an index is not checked: what a kernel may write is bounded before.
    """
    try:
        return cast(F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # No place for the cache is writable: compile in every run.
        return cast(F, numba.njit(nogil=True)(function))
