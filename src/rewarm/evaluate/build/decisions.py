"""Decisions of people about items: read, checked against the items, applied.

An item stays out when anybody rejects it. Items that nobody decided about stay unless they are to be dropped:
a review is often a sample.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.corpus.benchmarks import items as files
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate.build.review_page import digest
from rewarm.evaluate.duels import json_lines
from rewarm.evaluate.tasks import item as task_items
from rewarm.evaluate.tasks.item import Item, record_of

_FIELDS = ("page", "id", "decision", "reason", "reviewer")
_DECISIONS = ("accept", "reject")


@dataclass(frozen=True)
class Applied:
    """kept: the items that stay; accepted, rejected, undecided: numbers of items; disputed: rejected ones
    that somebody accepted."""

    kept: list[Item]
    accepted: int
    rejected: int
    undecided: int
    disputed: int


def read_items(path: Path) -> list[Item]:
    """The items of a file. Raises RewarmError with file, record and field for what is no item."""
    if not path.is_file():
        raise RewarmError(
            f"{path}: no such file; `rewarm bench build` writes recall.jsonl and transfer.jsonl"
        )
    return [
        task_items.of_record(record, f"{path}: record {number}", str(number))
        for number, record in enumerate(files.records(path), start=1)
    ]


def apply(items: Sequence[Item], path: Path, *, drop_undecided: bool = False) -> Applied:
    """Apply the decisions in a file of JSON lines, which may come from several people, one file after
    another.

    Raises RewarmError for a line that is no decision, or about other items.
    """
    page, known = digest(items), {item.id for item in items}
    votes: dict[str, set[str]] = {}
    for number, row in json_lines.rows(path):
        where = f"{path}:{number}"
        identity = json_lines.identity(row, _FIELDS, where)
        decision = row.get("decision")
        if decision not in _DECISIONS:
            raise RewarmError(
                f"{where}  decision: {json_lines.short(decision)} is not one of {', '.join(_DECISIONS)}"
            )
        if row.get("page") != page:
            raise RewarmError(
                f"{where}  page: {json_lines.short(row.get('page'))} is a review of other items; these are "
                f"{page}. Apply it to the file that the page was made from"
            )
        if identity not in known:
            raise RewarmError(f"{where}  id: {json_lines.short(identity)} is none of the items")
        votes.setdefault(identity, set()).add(decision)
    rejected = {identity for identity, said in votes.items() if "reject" in said}
    stays = known - rejected if not drop_undecided else votes.keys() - rejected
    return Applied(
        [item for item in items if item.id in stays],
        len(votes.keys() - rejected),
        len(rejected),
        len(known - votes.keys()),
        sum(len(votes[identity]) > 1 for identity in rejected),
    )


def write(applied: Applied, path: Path) -> None:
    """Write the items that stay, as JSON lines."""
    with writing(path) as aside:
        lines = [json.dumps(record_of(item), ensure_ascii=False) + "\n" for item in applied.kept]
        aside.write_text("".join(lines), encoding="utf-8")


def lines(applied: Applied, path: Path) -> Iterator[str]:
    """For a terminal."""
    disputed = f", {applied.disputed:,} of them accepted by somebody else" if applied.disputed else ""
    yield f"accepted  {applied.accepted:,}"
    yield f"rejected  {applied.rejected:,}{disputed}"
    yield f"undecided {applied.undecided:,}"
    yield f"kept      {len(applied.kept):,}   {path}"


def plain(applied: Applied, path: Path) -> dict[str, Any]:
    """For programs."""
    return {
        "accepted": applied.accepted, "rejected": applied.rejected, "undecided": applied.undecided,
        "disputed": applied.disputed, "kept": len(applied.kept), "file": str(path),
    }  # fmt: skip
