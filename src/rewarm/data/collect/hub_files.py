"""Which files of a hub data set a source reads.

Where the hub's own cache has a snapshot (`hf download`), a machine without a network reads that.
"""

from pathlib import Path
from typing import Any

from rewarm.corpus.io import hub, hub_card
from rewarm.corpus.io.globs import matcher
from rewarm.corpus.io.hub import HubFile, Listing, Unreachable
from rewarm.errors import RewarmError

_CARD = "README.md"


def chosen(source: dict[str, Any], *, local: bool) -> tuple[list[HubFile], list[str]]:
    """The files that `config`, `split` and `files` select, by name, and the names of all.

    local: as they were listed last, without a network. Raises RewarmError as `hub.listing`, and for a
    configuration or split that is not there.
    """
    found = _listing(source, local=local)
    # As in a folder, hidden files are no data.
    files = [file for file in found.files if not any(part.startswith(".") for part in file.name.split("/"))]
    match = matcher(source["files"])
    names = [file.name for file in files if match(file.name) and (source["files"] or file.name != _CARD)]
    if source.get("config") is not None or source.get("split") is not None:
        card = next((file for file in files if file.name == _CARD), None)
        names = hub_card.chosen(
            names, _text(card), source.get("config"), source.get("split"), f"sources.{source['name']}"
        )
    wanted = set(names)
    return [file for file in files if file.name in wanted], [file.name for file in files]


def commit(source: dict[str, Any]) -> str:
    """The commit that `chosen` lists. Raises RewarmError as it does."""
    return _listing(source, local=False).commit


def fingerprint(source: dict[str, Any]) -> list[tuple[Any, ...]]:
    """(name, size, digest) of the files, which the hub says: none is read."""
    return [(file.name, file.size, file.digest) for file in chosen(source, local=False)[0]]


def is_listed(source: dict[str, Any]) -> bool:
    """Whether the files are known without a network."""
    try:
        _listing(source, local=True)
    except RewarmError:
        return False
    return True


def is_here(source: dict[str, Any]) -> bool:
    """Whether all the files can be read without a network."""
    try:
        return all(file.on_disk() for file in chosen(source, local=True)[0])
    except RewarmError:
        return False


def _listing(source: dict[str, Any], *, local: bool) -> Listing:
    where = f"sources.{source['name']}.hub"
    try:
        return hub.listing(source["hub"], source.get("revision"), where, local=local)
    except Unreachable:
        found = _snapshot(source)
        if found is None:
            raise
        return found


def _snapshot(source: dict[str, Any]) -> Listing | None:
    """What the hub's own cache has of the revision; None for nothing."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(
            snapshot_download(
                source["hub"], repo_type="dataset", revision=source.get("revision"), local_files_only=True
            )
        )
    except Exception:  # of the hub's library, which has no common class for what is not there
        return None
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    # A file of a snapshot is a link to one that is named by the hub's digest of the content.
    return Listing(
        folder.name,
        tuple(
            HubFile(
                source["hub"],
                folder.name,
                path.relative_to(folder).as_posix(),
                path.stat().st_size,
                path.resolve().name,
            )
            for path in files
        ),
    )


def _text(card: HubFile | None) -> str:
    if card is None:
        return ""
    path = card.on_disk()
    if path:
        return path.read_text(encoding="utf-8", errors="replace")
    with card.open() as stream:
        return stream.read().decode("utf-8", "replace")
