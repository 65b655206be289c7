"""Locks between processes, of runs and of items in the cache.

The kernel holds a lock and lets it go when its process ends, also under `kill -9`; the empty file
stays. A link in the lock's place is refused: opening it for writing would reach a file elsewhere.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rewarm.errors import RewarmError


@contextmanager
def locked(path: Path, *, wait: bool = True, shared: bool = False) -> Iterator[None]:
    """Hold the lock of the file `path`, which is made when missing.

    shared: together with other processes that hold it so, and with none that holds it alone.
    Without `wait` raises BlockingIOError when another process holds it. Raises RewarmError where `path` is
    a symbolic link.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RewarmError(
                f"{path}: is a symbolic link, and locks do not follow links; remove it"
            ) from None
        raise
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)
