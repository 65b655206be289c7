"""A folder whose files this process cannot delete, also when tests run as root."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def open_to_all() -> Iterator[Path]:
    """A new folder in which every user may write. pytest's own are closed to others than root."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@contextmanager
def cannot_delete(folder: Path) -> Iterator[None]:
    """Inside, deleting what lies in `folder` (in one of `open_to_all`) fails as it does for another user."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        if folder.exists():  # by this name
            folder.chmod(0o755)
