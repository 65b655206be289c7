"""Files behind a URL (`s3://`, `gs://`, `https://` …) through fsspec, copied into the cache.

A folder is listed each time; a file is fetched again where its size, entity tag or time changed, so a
corpus of terabytes is fetched once. Names follow the URL, so documents and their ids are the same wherever
the cache is. Keys come from the environment or the files that each store's client reads, never from a recipe.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from rewarm.corpus.io.wheel import cache_dir, lock_of
from rewarm.engine.lock import locked
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError, full_disk

_STATE = ".rewarm-remote.json"
_VERSION = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "mtime", "updated")
_PACKAGES = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "http": "aiohttp",
    "https": "aiohttp",
    "az": "adlfs",
}


def folder_of(url: str) -> Path:
    """Where the files of a URL lie in the cache."""
    return cache_dir() / "remote" / hashlib.sha256(url.encode()).hexdigest()[:24]


def cached(url: str) -> bool:
    """Whether the files were fetched before."""
    return (folder_of(url) / _STATE).is_file()


def fetched(url: str, name: str, *, local: bool = False) -> Path:
    """A folder with the files of a URL as they are there now; with `local`, as they were fetched last.

    name: of the source, for messages. Raises RewarmError when the URL cannot be read.
    """
    folder = folder_of(url)
    if local:
        if not cached(url):
            raise RewarmError(f"sources.{name}.url: {url} was not fetched yet")
        return folder
    try:
        with locked(lock_of(folder)):
            _fetch(url, folder)
    except RewarmError:
        raise
    except ImportError as error:
        package = _PACKAGES.get(url.partition("://")[0], str(error))
        raise RewarmError(
            f"sources.{name}.url: {url} needs the package {package}: pip install {package}"
        ) from None
    except Exception as error:  # of fsspec's many file systems
        if full_disk(error):
            raise
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise RewarmError(
            f"sources.{name}.url: {url} cannot be read: {said[0]}\n"
            "Check the address, and the keys in the environment."
        ) from error
    return folder


def _fetch(url: str, folder: Path) -> None:
    import fsspec

    store, root = fsspec.core.url_to_fs(url)
    listed = _listed(store, root)
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / _STATE
    known: dict[str, Any] = json.loads(state.read_text()) if state.is_file() else {}
    for name, (remote, version) in listed.items():
        target = folder / name
        if known.get(name) == version and target.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with writing(target) as aside, store.open(remote, "rb") as stream, aside.open("wb") as out:
            shutil.copyfileobj(stream, out, 2**20)
        known[name] = version
        _write(state, known)
    for gone in known.keys() - listed.keys():
        (folder / gone).unlink(missing_ok=True)
    _write(state, {name: version for name, (_, version) in listed.items()})


def _write(state: Path, known: dict[str, Any]) -> None:
    with writing(state) as aside:
        aside.write_text(json.dumps(known, sort_keys=True), encoding="utf-8")


def _listed(store: Any, root: str) -> dict[str, tuple[str, list[Any]]]:
    """Name below the root → address and version. Raises RewarmError for a name that leads out."""
    info = store.info(root)
    found = {root: info} if info.get("type") == "file" else store.find(root, detail=True)
    listed = {}
    for remote, facts in sorted(found.items()):
        if facts.get("type") != "file":
            continue
        name = PurePosixPath(remote).name if remote == root else remote[len(root) :].lstrip("/")
        parts = PurePosixPath(name).parts
        if ".." in parts or not parts or os.path.isabs(name):
            raise RewarmError(f"{remote}: a name that leads out of its folder")
        listed[name] = (remote, [facts.get("size"), *(str(facts[key]) for key in _VERSION if key in facts)])
    return listed
