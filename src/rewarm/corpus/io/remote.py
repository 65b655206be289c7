"""Files behind a URL (`s3://`, `gs://`, `https://` …) through fsspec, copied into the cache.

A folder or glob is listed each time; a file is fetched again where its size, entity tag or time changed, so
a corpus of terabytes is fetched once, sixteen files at a time, and a killed run fetches the rest. Names
follow the URL, so documents and their ids are the same wherever the cache is. Keys come from the environment
or the files that each store's client reads, never from a recipe.
"""

import hashlib
import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from rewarm.corpus.io.globs import MAGIC, expand, matcher
from rewarm.corpus.io.wheel import cache_dir, lock_of
from rewarm.engine.lock import locked
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError, full_disk

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_STATE = ".rewarm-remote.json"
_VERSION = (
    "ETag", "etag", "md5Hash", "crc32c", "Content-MD5", "Digest", "LastModified", "Last-Modified",
    "last_modified", "mtime", "updated",
)  # fmt: skip
_AT_ONCE = 16
_NOTE_SECONDS = 5.0
_PART_OF_PAGE = re.compile(r"[?#]")
_HTTP_MAGIC = re.compile(r"[*\[{]")
Listed = dict[str, tuple[str, list[Any]]]
"""Name → address and version."""
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
            _fetch(url, folder, name)
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


def _fetch(url: str, folder: Path, source: str) -> None:
    import fsspec

    store, path = fsspec.core.url_to_fs(url)
    # fsspec remembers listings for as long as the process lives.
    store.invalidate_cache()
    root, listed = _found(store, path, url)
    if not listed and root != path:
        raise RewarmError(
            f"sources.{source}.url: no file below {root} matches {url}. "
            "`*` stays inside a folder, `**/` crosses folders."
        )
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / _STATE
    known: dict[str, Any] = json.loads(state.read_text()) if state.is_file() else {}
    todo = [
        name
        for name, (_, version) in listed.items()
        if known.get(name) != version or not (folder / name).is_file()
    ]
    # Reading a small object is waiting: sixteen at a time. What was fetched is noted every few seconds, so
    # that a killed run fetches little again, and a million names are not written a million times.
    noted = time.monotonic()
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        for at in range(0, len(todo), 4 * _AT_ONCE):
            started = todo[at : at + 4 * _AT_ONCE]
            fetching = [pool.submit(_fetch_file, store, *listed[name], folder / name) for name in started]
            for name, one in zip(started, fetching, strict=True):
                one.result()
                known[name] = listed[name][1]
            if time.monotonic() - noted > _NOTE_SECONDS:
                _write(state, known)
                noted = time.monotonic()
    finally:
        pool.shutdown(cancel_futures=True)
        _write(state, known)
    for gone in known.keys() - listed.keys():
        (folder / gone).unlink(missing_ok=True)
    _write(state, {name: version for name, (_, version) in listed.items()})


def _fetch_file(store: "AbstractFileSystem", remote: str, version: list[Any], target: Path) -> None:
    """Raises OSError where less arrives than was listed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with writing(target) as aside:
        store.get_file(remote, str(aside))
        size, came = version[0], aside.stat().st_size
        if size is not None and came != size:
            raise OSError(f"{remote}: {came:,} bytes came of {size:,}; run the same command again")


def _write(state: Path, known: dict[str, Any]) -> None:
    with writing(state) as aside:
        aside.write_text(json.dumps(known, sort_keys=True), encoding="utf-8")


def _found(store: "AbstractFileSystem", path: str, url: str) -> tuple[str, Listed]:
    """The folder or file, and what it holds. A path with `*`, `{a,b}`, `[a-c]` and, but for HTTP, where it
    begins a query, `?` is a glob, unless a file has this very name."""
    http = url.startswith("http")
    listed = _linked if http else _listed
    parts = path.split("/")
    magic = _HTTP_MAGIC if http else MAGIC
    fixed = next((at for at, part in enumerate(parts) if magic.search(part)), None)
    if fixed is None or store.exists(path):
        return path, _linked(store, path) if http and path.endswith("/") else _listed(store, path)
    root, pattern = "/".join(parts[:fixed]) + "/" * http, "/".join(parts[fixed:])
    depth = None if "**" in pattern else max(full.count("/") for full in expand(pattern)) + 1
    match = matcher([pattern])
    return root, {name: one for name, one in listed(store, root, depth).items() if match(name)}


def _listed(store: "AbstractFileSystem", root: str, depth: int | None = None) -> Listed:
    """Name below the root, or of the file that it is → address and version; `depth` folders down."""
    info = store.info(root)
    found = {root: info} if info.get("type") == "file" else store.find(root, maxdepth=depth, detail=True)
    return {
        _inside(remote, PurePosixPath(remote).name if remote == root else remote[len(root) :].lstrip("/")): (
            remote,
            _version(facts),
        )
        for remote, facts in sorted(found.items())
        # Stores without folders have empty objects in the place of some, whose names end in `/`.
        if facts.get("type") == "file" and not remote.endswith("/")
    }


def _linked(store: "AbstractFileSystem", root: str, depth: int | None = None) -> Listed:
    """The same of an HTTP server's page of links, each asked for its size and time. Other pages, and links
    that sort this one, are no files of it."""
    remotes = [
        remote
        for remote in sorted(store.find(root, maxdepth=depth))
        if remote.startswith(root) and not remote.endswith("/") and not _PART_OF_PAGE.search(remote)
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        facts = list(pool.map(store.info, remotes))
    return {
        _inside(remote, unquote(remote[len(root) :])): (remote, _version(one))
        for remote, one in zip(remotes, facts, strict=True)
    }


def _inside(remote: str, name: str) -> str:
    """The name. Raises RewarmError for one that leads out of its folder."""
    parts = PurePosixPath(name).parts
    if ".." in parts or not parts or os.path.isabs(name):
        raise RewarmError(f"{remote}: a name that leads out of its folder")
    return name


def _version(facts: dict[str, Any]) -> list[Any]:
    return [facts.get("size"), *(str(facts[key]) for key in _VERSION if key in facts)]
