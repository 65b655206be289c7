"""Which files a source has: on disk, in a package's wheel, or in a hub data set.

Files come in the order of their names, which hold no folder of this machine: the same corpus gives
the same documents, ids and shards everywhere.
"""

import difflib
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from rewarm.corpus.io import remote
from rewarm.corpus.io.fingerprint import sha256
from rewarm.corpus.io.globs import MAGIC, expand, matcher
from rewarm.corpus.io.hub import HubFile
from rewarm.corpus.io.streams import copied, decompressed, open_plain, without_compression
from rewarm.corpus.io.wheel import cached, wheel
from rewarm.data.collect import hub_files
from rewarm.data.collect.folders import stable, walk
from rewarm.errors import RewarmError
from rewarm.parse import kinds

_FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "text",
    ".md": "text",
    ".rst": "text",
    ".db": "sqlite",
    ".sqlite": "sqlite",
}
_HTML = {".html", ".htm", ".xhtml"}
# Suffixes of documents that `rewarm.parse` reads; the type of such a file is detected from its content.
DOCUMENT = "document"
_DOCUMENTS = {
    ".pdf", ".doc", ".docx", ".docm", ".dotx", ".ppt", ".pptx", ".pptm", ".xls", ".xlsx", ".xlsm", ".odt",
    ".ods", ".odp", ".rtf", ".epub", ".html", ".htm", ".xhtml", ".eml", ".mbox", ".msg", ".warc", ".zip",
    ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".bz2", ".xz", ".gz", ".zst", ".png", ".jpg", ".jpeg", ".tif",
    ".tiff",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A piece of a large file that is read by itself. start, stop: bytes in a file of lines, where `start`
    begins a line and `stop` ends one; row groups in a Parquet file. before: records before it in the file."""

    start: int
    stop: int
    before: int


@dataclass(frozen=True)
class Origin:
    """A file to read. path: on this machine; member: of the wheel at `path`; name: the same on every
    machine, with '/'; size: bytes, as stored for a file, unpacked for a member; outside: a link out of the
    source's folder, a file or a folder, which is not read; part: the piece of the file, None for all of it;
    hub: a file that is not on this machine, but read from the hub.
    """

    path: Path
    member: str | None
    name: str
    size: int
    outside: bool = False
    part: Part | None = None
    hub: HubFile | None = None

    def open(self) -> BinaryIO:
        """The content as a stream, decompressed. Raises OSError, and when reading `streams.BROKEN`."""
        if self.hub:
            return decompressed(cast(BinaryIO, self.hub.open()), self.name)
        return open_plain(self.path, self.member, self.name)

    def head(self, size: int) -> bytes:
        """The first bytes of the content. Raises what `open` and reading raise."""
        if self.hub and without_compression(self.name) == self.name:
            return self.hub.head(size)
        with self.open() as stream:
            return stream.read(size)

    @property
    def is_file(self) -> bool:
        """Whether `path` holds the content itself: a file of this machine, not compressed."""
        return self.hub is None and self.member is None and without_compression(self.name) == self.name

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """A plain file with the content, for formats that need random access; a copy where it must be one."""
        if self.is_file:
            self.path.open("rb").close()
            yield self.path
            return
        with copied(self.open()) as path:
            yield path

    @contextmanager
    def at_random(self) -> Iterator[Path | BinaryIO]:
        """The content for a reader that needs random access, without a copy where the hub gives it."""
        if self.hub and without_compression(self.name) == self.name:
            with self.hub.open_seekable() as content:
                yield content
        else:
            with self.on_disk() as path:
                yield path

    @property
    def label(self) -> str:
        """What tables call it: FILE, or WHEEL!FILE."""
        return f"{self.path.name}!{self.name}" if self.member else self.name

    def label_of(self, position: str) -> str:
        """What tables call a record, by its position in the file; the file where that is empty."""
        return f"{self.label}:{position}" if position else self.label

    @property
    def place(self) -> str:
        """Where a user finds it on this machine."""
        if self.hub:
            return self.hub.address
        return f"{self.path}!{self.member}" if self.member else str(self.path)


def files(source: dict[str, Any], *, fetch: bool = True) -> list[Origin]:
    """The files of a source (`Source.model_dump(mode="json")`), in order; of unknown formats, too.

    Downloads the wheel when it is not cached, and lists a data set of the hub; without `fetch` the network is
    not asked, and `is_here` must hold.
    Raises RewarmError when there is none, or the one named has no known format.
    """
    if source["package"]:
        return _members(source)
    if source["hub"]:
        return _of_hub(source, local=not fetch)
    if source.get("url"):
        return _chosen(source, remote.fetched(source["url"], source["name"], local=not fetch))
    path = Path(source["path"]).expanduser()
    if path.is_file():
        if format_of(path.name, source) is None and not _holds_document(path, source):
            known = ", ".join(_FORMATS)
            raise RewarmError(
                f"sources.{source['name']}.path: {path} has no known format. Known are {known}, each "
                "also with .gz or .zst, and documents (docs/parsing.md). Set `format` to say what it holds "
                "(sqlite needs `query`)."
            )
        return [Origin(path, None, stable(path.name), path.stat().st_size)]
    if path.is_dir():
        return _chosen(source, path)
    if MAGIC.search(str(path)):
        return _globbed(source, path)
    raise RewarmError(f"sources.{source['name']}.path: {path} does not exist. {_neighbours(path)}")


def is_here(source: dict[str, Any]) -> bool:
    """Whether the source is on this machine: a path, even one that does not exist, or a filled cache."""
    if source["package"]:
        return cached(source["package"])
    if source.get("url"):
        return remote.cached(source["url"])
    return not source["hub"] or hub_files.is_here(source)


def is_listed(source: dict[str, Any]) -> bool:
    """Whether `fingerprint` needs no network: what is here, and a data set that was listed before."""
    return hub_files.is_listed(source) if source["hub"] else is_here(source)


def format_of(name: str, source: dict[str, Any]) -> str | None:
    """The format to read a file in; None when it is not known."""
    if source["format"] != "auto":
        return str(source["format"])
    suffix = Path(without_compression(name.lower())).suffix
    if suffix in _HTML and source["markup"] == "html":
        return "text"
    kind = _FORMATS.get(suffix)
    if kind is None and suffix in _DOCUMENTS and reads_documents(source):
        return DOCUMENT
    return None if kind == "sqlite" and not source["query"] else kind


def reads_documents(source: dict[str, Any]) -> bool:
    """Whether files of the source may be documents: not where it says what they are, nor in conversations."""
    return source["format"] == "auto" and not source.get("conversations")


def _holds_document(path: Path, source: dict[str, Any]) -> bool:
    return reads_documents(source) and kinds.of_file(path) in kinds.NAMES


def fingerprint(source: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What the source's content hangs on: (name, size, SHA-256) of its files.

    For a package its name, version and globs: a released wheel never changes, so none is downloaded.
    """
    if source["package"]:
        return [("package", source["package"], *source["files"])]
    if source["hub"]:
        return hub_files.fingerprint(source)
    origins = files(source)
    # What lies behind a link out of the folder is not even hashed.
    inside = iter(sha256([origin.path for origin in origins if not origin.outside]))
    sums = ["outside" if origin.outside else next(inside) for origin in origins]
    return [(origin.name, origin.size, digest) for origin, digest in zip(origins, sums, strict=True)]


def _members(source: dict[str, Any]) -> list[Origin]:
    path = wheel(source["package"])
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {entry.filename: entry for entry in archive.infolist() if not entry.is_dir()}
    except zipfile.BadZipFile as error:
        raise RewarmError(
            f"{path}: is not a wheel ({error}). Remove its folder to download it again."
        ) from None
    names = sorted(entries)
    if not source["files"]:
        names = [name for name in names if not name.split("/")[0].endswith(".dist-info")]
    match = matcher(source["files"])
    origins = [Origin(path, name, name, entries[name].file_size) for name in names if match(name)]
    return origins or _none(source, path.name, source["files"], names)


def _of_hub(source: dict[str, Any], *, local: bool) -> list[Origin]:
    chosen, names = hub_files.chosen(source, local=local)
    origins = []
    for file in chosen:
        path = file.on_disk()
        origins.append(
            Origin(path or Path(file.name), None, file.name, file.size, hub=None if path else file)
        )
    return origins or _none(source, source["hub"], source["files"], names)


def _chosen(source: dict[str, Any], folder: Path) -> list[Origin]:
    names, outside = walk(folder, source["name"], follow=source.get("follow_symlinks", False))
    match = matcher(source["files"])
    origins = [_origin(folder, name) for name in names if match(stable(name))]
    origins += _outside(folder, outside, match)
    return origins or _none(source, str(folder), source["files"], names)


def _globbed(source: dict[str, Any], path: Path) -> list[Origin]:
    fixed = next(at for at, part in enumerate(path.parts) if MAGIC.search(part))
    root, pattern = Path(*path.parts[:fixed]), "/".join(path.parts[fixed:])
    if not root.is_dir():
        raise RewarmError(f"sources.{source['name']}.path: {root} does not exist. {_neighbours(root)}")
    depth = None if "**" in pattern else max(full.count("/") for full in expand(pattern))
    names, outside = walk(root, source["name"], depth, follow=source.get("follow_symlinks", False))
    match, chosen = matcher([pattern]), matcher(source["files"])
    origins = [_origin(root, name) for name in names if match(name) and chosen(stable(name))]
    origins += _outside(root, outside, match)
    return origins or _none(source, str(root), [pattern, *source["files"]], names)


def _origin(folder: Path, name: str) -> Origin:
    path = folder / name
    return Origin(path, None, stable(name), path.stat().st_size if path.exists() else 0)


def _outside(root: Path, names: list[str], match: Callable[[str], bool]) -> list[Origin]:
    """Links out of the folder that would be read: files that match, and folders, of any name."""
    chosen = (name for name in names if match(stable(name)) or (root / name).is_dir())
    return [Origin(root / name, None, stable(name), 0, outside=True) for name in chosen]


def _none(source: dict[str, Any], where: str, patterns: Sequence[str], names: Sequence[str]) -> list[Origin]:
    key = f"sources.{source['name']}.{'files' if source['files'] else 'path'}"
    if not names:
        raise RewarmError(
            f"{key}: {where} holds no file. Put the source's files there, or name another place."
        )
    wanted = " ".join(patterns)
    near = difflib.get_close_matches(wanted, names[:5000], n=3, cutoff=0.3) or names[:3]
    raise RewarmError(
        f"{key}: none of the {len(names):,} files in {where} matches '{wanted}'. It holds, for example, "
        f"{', '.join(map(stable, near))}. `*` stays inside a folder, `**/` crosses folders."
    )


def _neighbours(path: Path) -> str:
    folder = next(parent for parent in path.absolute().parents if parent.is_dir())
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        names = []
    child = path.absolute().relative_to(folder).parts[0]
    near = difflib.get_close_matches(child, names, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(str(folder / name) for name in near)}?"
    holds = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return f"{folder} holds {holds or 'nothing'}. Relative paths start at the recipe's folder."
