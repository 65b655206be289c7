"""SHA-256 of files, remembered by path, size, time and inode, so that an unchanged corpus of
terabytes is hashed once and a re-run only asks the file system.

The memory is a small SQLite file in the cache folder, which several runs may use at once. Where it
cannot be written or read, files are hashed as if there were none.
"""

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from rewarm.corpus.io.wheel import cache_dir

# A file changed twice within a tick of the file system's clock keeps its time: git's racy files.
_SETTLED_NS = 2 * 10**9
_TABLE = "CREATE TABLE IF NOT EXISTS digests (path TEXT PRIMARY KEY, state TEXT, sha256 TEXT)"


def sha256(paths: Sequence[Path]) -> list[str]:
    """The digest of each file; `unreadable: WHY` for one that cannot be read."""
    keys = [str(path.absolute()) for path in paths]
    states = [_state(path) for path in paths]
    known = _recall(keys)
    todo = [
        at for at, key in enumerate(keys) if states[at] is None or known.get(key, ("", ""))[0] != states[at]
    ]
    digests = [known.get(key, ("", ""))[1] for key in keys]
    with ThreadPoolExecutor(8) as pool:
        for at, digest in zip(todo, pool.map(_digest, (paths[at] for at in todo)), strict=True):
            digests[at] = digest
    learned = ((keys[at], state, digests[at]) for at in todo if (state := states[at]) is not None)
    _remember([row for row in learned if not row[2].startswith("unreadable")])
    return digests


def _state(path: Path) -> str | None:
    """What changes with the file's content; None where that is not sure."""
    try:
        seen = path.stat()
    except OSError:
        return None
    if time.time_ns() - seen.st_mtime_ns < _SETTLED_NS:
        return None
    return f"{seen.st_size} {seen.st_mtime_ns} {seen.st_ino}"


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return f"unreadable: {error.strerror}"


def _database() -> sqlite3.Connection:
    cache_dir().mkdir(parents=True, exist_ok=True)
    return sqlite3.connect(cache_dir() / "fingerprints.db", timeout=30)


def _recall(keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    try:
        with closing(_database()) as database:
            database.execute(_TABLE)
            ask = "SELECT state, sha256 FROM digests WHERE path = ?"
            found = ((key, database.execute(ask, (key,)).fetchone()) for key in keys)
            return {key: row for key, row in found if row}
    except (sqlite3.Error, OSError, UnicodeEncodeError):
        return {}


def _remember(rows: list[tuple[str, str, str]]) -> None:
    try:
        with closing(_database()) as database, database:
            database.execute(_TABLE)
            database.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?, ?)", rows)
    except (sqlite3.Error, OSError, UnicodeEncodeError):
        return
