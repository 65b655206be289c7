"""Publish a directory all at once: write aside, fsync, rename.

A reader either finds the complete directory under its name or none. A process killed at any
moment leaves at most `NAME.partial`, whose finished files the next attempt may keep: that is
what lets a step resume per shard. Renaming alone is not enough, since a crash of the machine
may keep the new name and lose the data: files and both directories are synced first.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def publishing(target: Path) -> Iterator[Path]:
    """Give a directory to write into; it takes the name `target` when the block ends well.

    Yields `target` with `.partial` added, holding the files that an earlier, killed attempt
    finished. On an exception it stays as it is and `target` is not made.
    Raises FileExistsError when `target` was published already: what is published never changes.
    """
    if target.exists():
        raise FileExistsError(f"{target}: is published already; remove it to make it again")
    partial = target.with_name(target.name + ".partial")
    partial.mkdir(parents=True, exist_ok=True)
    yield partial
    for scrap in list(partial.rglob("*.writing")):
        scrap.unlink()
    _sync_tree(partial)
    partial.rename(target)
    _sync(target.parent)


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """Give a path to write one file at; it takes the name `target`, synced, when the block ends well.

    A file under its own name is therefore complete. On an exception the unfinished file is removed.
    Raises OSError from the disk (full, read-only) as it came, with `target` untouched.
    """
    aside = target.with_name(target.name + ".writing")
    try:
        yield aside
        _sync(aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    _sync(target.parent)


def link(source: Path, target: Path) -> None:
    """The same file under another name, for a step that leaves a table as it is: what is published never
    changes. A copy where the file system has no links. Nothing is done when `target` is there."""
    if target.exists():
        return
    with writing(target) as aside:
        try:
            os.link(source, aside)
        except OSError:
            shutil.copyfile(source, aside)


def _sync_tree(root: Path) -> None:
    for directory, _, files in os.walk(root, topdown=False):
        for name in files:
            _sync(Path(directory, name))
        _sync(Path(directory))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
