"""Data sets of the Hugging Face hub: the files of a commit, read over the network as they are needed.

The list of a commit's files never changes. It is kept in the cache, with the commit that each branch had when
it was last asked for, so a pinned data set is listed without a network. Content is not stored: JSON lines and
text are one request a file, Parquet one request for the columns of a row group (`HfFileSystem`). A file that
`hf download` put into the hub's own cache is read from there.

A network that fails is an error that stops the run, not a fault of the file: the same command continues.
"""

import io
import json
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import quote

from rewarm.corpus.io.streams import BLOCK
from rewarm.corpus.io.wheel import cache_dir, lock_of
from rewarm.engine.lock import locked
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError, full_disk

if TYPE_CHECKING:
    from huggingface_hub.hf_api import DatasetInfo

_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOGIN = "Accept its terms on its page, then run `hf auth login` or set HF_TOKEN."
# Of a gated data set, what everybody may read.
_PUBLIC = {"README.md", ".gitattributes"}


class Unreachable(RewarmError):
    """The hub did not answer, so nothing is known about what it has."""


@dataclass(frozen=True)
class HubFile:
    """A file of a commit. size: bytes; digest: SHA-256 of a large file, Git's hash of a small one."""

    repo: str
    commit: str
    name: str
    size: int
    digest: str

    @property
    def address(self) -> str:
        """What users of the hub call it."""
        return f"hf://datasets/{self.repo}@{self.commit}/{self.name}"

    def on_disk(self) -> Path | None:
        """Where the hub's own cache has it."""
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(self.repo, self.name, revision=self.commit, repo_type="dataset")
        return Path(found) if isinstance(found, str) else None

    def open(self) -> io.BufferedReader:
        """The content from start to end, in one request. Reading raises RewarmError if the network fails."""
        return io.BufferedReader(_Content(self, block_size=0), BLOCK)

    @lru_cache(maxsize=1024)  # noqa: B019  several steps of reading ask what kind a file is
    def head(self, size: int) -> bytes:
        """The first bytes, in a request for these."""
        with self.open_seekable() as stream:
            return stream.read(size)

    def open_seekable(self) -> BinaryIO:
        """The content for random access: a request for each read."""
        return cast(BinaryIO, _Content(self, block_size=BLOCK, cache_type="none", size=self.size))


@dataclass(frozen=True)
class Listing:
    """The files of a commit, in the order of their names."""

    commit: str
    files: tuple[HubFile, ...]


def listing(repo: str, revision: str | None, where: str, *, local: bool = False) -> Listing:
    """The files of a data set at a revision, None for the newest commit.

    where: the key in the recipe, for messages. local: as listed last, without a network.
    Raises Unreachable where the hub does not answer and the revision was not listed before; RewarmError for a
    data set or revision that is not there, or that must not be read.
    """
    known = _known(repo, revision)
    if known and (local or _COMMIT.fullmatch(revision or "")):
        return known
    if local:
        raise Unreachable(f"{where}: {repo} was not listed yet")
    try:
        info = _info(repo, revision, where)
    except Unreachable:
        if known:
            return known
        raise
    commit = str(info.sha)
    found = _read(repo, commit)
    if found is None:
        found = Listing(commit, tuple(_tree(repo, commit, where)))
        if info.gated:
            _ask_for_access(found, where)
        _note(_folder(repo) / f"{commit}.json", json.dumps([asdict(file) for file in found.files]))
    _note(_reference(repo, revision), commit)
    return found


def _note(path: Path, content: str) -> None:
    """In the cache, which may be read-only: then the hub is asked again next time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several processes may list the same data set at once.
        with locked(lock_of(path)), writing(path) as aside:
            aside.write_text(content, encoding="utf-8")
    except OSError as error:
        if full_disk(error):
            raise


def _known(repo: str, revision: str | None) -> Listing | None:
    try:
        commit = _reference(repo, revision).read_text()
    except OSError:
        commit = revision or ""
    return _read(repo, commit) if _COMMIT.fullmatch(commit) else None


def _read(repo: str, commit: str) -> Listing | None:
    try:
        rows = json.loads((_folder(repo) / f"{commit}.json").read_text(encoding="utf-8"))
        return Listing(commit, tuple(HubFile(**row) for row in rows))
    except (OSError, ValueError, TypeError):
        return None


def _folder(repo: str) -> Path:
    return cache_dir() / "hub" / quote(repo, safe="")


def _reference(repo: str, revision: str | None) -> Path:
    return _folder(repo) / "revisions" / quote(revision or "HEAD", safe="")


def _info(repo: str, revision: str | None, where: str) -> "DatasetInfo":
    from huggingface_hub import HfApi

    try:
        return HfApi().dataset_info(repo, revision=revision, timeout=30)
    except Exception as error:  # of the hub's library, of HTTP and DNS
        raise _refusal(error, repo, revision, where) from error


def _tree(repo: str, commit: str, where: str) -> list[HubFile]:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    try:
        entries = HfApi().list_repo_tree(repo, repo_type="dataset", revision=commit, recursive=True)
        files = [entry for entry in entries if isinstance(entry, RepoFile)]
    except Exception as error:
        raise _refusal(error, repo, commit, where) from error
    rows = [
        HubFile(repo, commit, file.path, file.size, file.lfs.sha256 if file.lfs else file.blob_id)
        for file in files
    ]
    return sorted(rows, key=lambda file: file.name)


def _ask_for_access(found: Listing, where: str) -> None:
    """Raises RewarmError where a gated data set would list its files and then refuse to give them."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    file = next((one for one in found.files if one.name not in _PUBLIC), None)
    if file is None:
        return
    try:
        get_hf_file_metadata(
            hf_hub_url(file.repo, file.name, repo_type="dataset", revision=file.commit), timeout=30
        )
    except Exception as error:
        raise _refusal(error, file.repo, file.commit, where) from error


def _refusal(error: Exception, repo: str, revision: str | None, where: str) -> RewarmError:
    """What the hub's answer means for the user."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if isinstance(error, GatedRepoError):
        return RewarmError(f"{where}: the hub gives {repo} only to those who accepted its terms. {_LOGIN}")
    if isinstance(error, RepositoryNotFoundError):
        return RewarmError(
            f"{where}: the hub has no dataset {repo}, or you have no access. Check the name, or run "
            "`hf auth login`."
        )
    if isinstance(error, HFValidationError):
        return RewarmError(f"{where}: {repo!r} is no name of a data set. Write `owner/name`.")
    if isinstance(error, RevisionNotFoundError):
        has = _revisions(repo)
        return RewarmError(
            f"{where}: {repo} has no revision {revision!r}.{f' It has {has}.' if has else ''} Set `revision` "
            "to a branch, a tag or a commit."
        )
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if status in (401, 403):
        return RewarmError(f"{where}: the hub refuses access to {repo}: {said}\n{_LOGIN}")
    return Unreachable(
        f"{where}: {repo} cannot be read from the hub: {said}\n"
        "Check the network, set HF_ENDPOINT to use a mirror, or run `hf download "
        f"{repo} --repo-type dataset` where there is a network, and use that cache (HF_HOME)."
    )


def _revisions(repo: str) -> str:
    """A few branches and tags; empty where the hub does not say."""
    from huggingface_hub import HfApi

    try:
        refs = HfApi().list_repo_refs(repo, repo_type="dataset")
    except Exception:
        return ""
    return ", ".join([ref.name for ref in [*refs.branches, *refs.tags]][:8])


class _Content(io.RawIOBase):
    """A file of the hub as a raw stream. A network failure is a RewarmError, never a fault of the file."""

    def __init__(self, file: HubFile, **how: object) -> None:
        from huggingface_hub import HfFileSystem

        self._file = file
        try:
            self._raw = HfFileSystem().open(file.address.removeprefix("hf://"), "rb", **how)
        except Exception as error:
            raise self._failure(error) from error
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._raw.blocksize)

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = int(self._raw.seek(offset, whence))
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._raw.read(len(buffer))
        except Exception as error:
            raise self._failure(error) from error
        if not data and len(buffer) and self._at < self._file.size:
            raise self._failure(OSError(f"the answer ended at byte {self._at:,} of {self._file.size:,}"))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed and hasattr(self, "_raw"):
            self._raw.close()
        super().close()

    def _failure(self, error: Exception) -> Exception:
        if full_disk(error):
            return error
        refusal = _refusal(error, self._file.repo, self._file.commit, self._file.address)
        if isinstance(refusal, Unreachable):
            return Unreachable(f"{refusal}\nThe same command continues after the last finished shard.")
        return refusal
