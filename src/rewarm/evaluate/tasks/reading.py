"""Items of a task from local files or a hub dataset, checked record by record before any model is loaded."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rewarm.corpus.benchmarks import files, items
from rewarm.errors import RewarmError
from rewarm.evaluate.tasks import item
from rewarm.evaluate.tasks.catalogue import KNOWN, Known
from rewarm.evaluate.tasks.item import Item
from rewarm.recipe.tasks import Task


def known(task: Task) -> Known:
    """The catalogue's entry. Raises RewarmError for a format that is not in it."""
    name = task.format
    if name not in KNOWN:
        raise RewarmError(f"tasks.{task.name}.format: {name!r} is not one of {', '.join(KNOWN)}")
    return KNOWN[name]


def read(task: Task) -> list[Item]:
    """The items of a task, at most `limit` of them, drawn by their content and not by their position.

    Raises RewarmError naming file, record and field for anything that is not an item: a benchmark with
    silently missing items would give another score.
    """
    entry = known(task)
    found = list(_items(task, entry, task.path, task.split or entry.split))
    if not found:
        raise RewarmError(f"tasks.{task.name}: no items in {task.path or entry.hub}")
    _check_ids(task, found)
    return _limited(found, task.limit)


def shots(task: Task) -> list[Item]:
    """The few-shot examples: the first `shots` items of their own file or split."""
    if not task.shots:
        return []
    entry = known(task)
    if task.path and not task.shots_path:
        raise RewarmError(
            f"tasks.{task.name}.shots: {task.shots} examples need `shots_path`, a file of items"
        )
    found = list(_items(task, entry, task.shots_path, entry.shots_split))[: task.shots]
    if len(found) < task.shots:
        raise RewarmError(
            f"tasks.{task.name}.shots: {task.shots} are wanted, {task.shots_path} has {len(found)}"
        )
    return found


def _items(task: Task, entry: Known, path: Path | None, split: str) -> Iterator[Item]:
    named = files.files(path) if path else hub_files(task, entry, split)
    if not named:
        raise RewarmError(f"tasks.{task.name}: no file at {path}; paths are relative to the recipe")
    for file in named:
        for number, record in enumerate(items.records(file), start=1):
            where = f"{file}: record {number}"
            # Some benchmarks keep the subject in the file's name alone.
            default_id = f"{file.name.split('.')[0]}:{number}" if len(named) > 1 else str(number)
            yield item.of_record(_converted(task, entry, record, where), where, default_id)


def _converted(task: Task, entry: Known, record: dict[str, Any], where: str) -> dict[str, Any]:
    try:
        fields = entry.convert(record)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise RewarmError(
            f"{where}: is not a record of {task.format} ({type(error).__name__}: {error}); it has the fields "
            f"{', '.join(map(str, record)) or 'none'}. Set `format`, or write items as docs/tasks.md shows"
        ) from error
    # The prompts of published benchmarks ask a question with a blank like any other.
    own = {} if task.format == "rewarm" else {"fill_blank": False}
    return {name: value for name, value in fields.items() if value is not None} | own


def hub_files(task: Task, entry: Known, split: str) -> list[Path]:
    """Files of one split of a hub dataset, downloaded to the hub's cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    name = task.hub or entry.hub
    if not name:
        raise RewarmError(f"tasks.{task.name}: give `path`; the format {task.format} has no hub dataset")
    config = task.config or entry.config or ""
    folder = f"{config}/" if config else "*"
    try:
        root = snapshot_download(
            name, repo_type="dataset", revision=task.revision, allow_patterns=[f"{folder}*{split}*"]
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RewarmError(
            f"tasks.{task.name}: the hub dataset {name} cannot be downloaded: {reason}. Without a "
            "connection, give a local file with `path`"
        ) from error
    return sorted(file for file in Path(root).rglob(f"*{split}*") if file.is_file())


def _check_ids(task: Task, found: list[Item]) -> None:
    seen: set[str] = set()
    for entry in found:
        if entry.id in seen:
            raise RewarmError(f"tasks.{task.name}: two items have the id {entry.id!r}")
        seen.add(entry.id)


def _limited(found: list[Item], limit: int | None) -> list[Item]:
    if limit is None or limit >= len(found):
        return found
    order = sorted(range(len(found)), key=lambda number: hashlib.blake2b(found[number].id.encode()).digest())
    return [found[number] for number in sorted(order[:limit])]
