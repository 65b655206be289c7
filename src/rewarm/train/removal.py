"""Removes directories; what cannot be deleted is a warning, never a failure.

A checkpoint of another user, or one on a file system that was made read-only, must not stop a training
of weeks.
"""

import shutil
import sys
from pathlib import Path

_told: set[Path] = set()


def remove(folder: Path) -> str:
    """Delete a directory as far as possible; returns why something is left, "" when nothing is."""
    reasons: list[str] = []

    def refused(_function: object, path: str, error: BaseException | tuple[object, ...]) -> None:
        met = error[1] if isinstance(error, tuple) else error
        if not isinstance(met, FileNotFoundError):
            reasons.append(f"{getattr(met, 'strerror', None) or met} ({path})")

    shutil.rmtree(folder, onerror=refused)
    return reasons[0] if folder.exists() and reasons else ""


def remove_or_warn(folder: Path) -> bool:
    """Delete a checkpoint, and warn once of what cannot be deleted. Returns whether it is gone."""
    why = remove(folder)
    if why and folder not in _told:
        _told.add(folder)
        print(f"warning   {folder} cannot be deleted: {why}; training continues", file=sys.stderr)
    return not why
