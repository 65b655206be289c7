"""Labelled texts that teach a classifier, from files of a user.

A file of records has the label in a field of the axis's name. A folder may instead have one subfolder, or one
file, for each label, named after it: `seeds/tax/*.txt`, `seeds/court.jsonl`.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rewarm.classify import records
from rewarm.classify.records import Fault
from rewarm.corpus.io.streams import without_compression
from rewarm.corpus.tables import labels as label_table
from rewarm.errors import RewarmError

# More than a classifier reads of a text.
CHARACTERS = 20_000
# A label with fewer texts cannot be measured.
LEAST = 5


@dataclass
class Seeds:
    """texts, labels, places: one for each text; faults: records that could not be used; equal: texts that
    were there twice with one label; unsure: texts with several labels, of which none is used."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    equal: int = 0
    unsure: list[str] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """20 hex digits for each text, from its content: equal texts are in one part of a split."""
        return [_identity(text) for text in self.texts]

    @property
    def counts(self) -> Counter[str]:
        """Texts by label."""
        return Counter(self.labels)


def read(path: Path, axis: str, text: str = "text", label: str | None = None) -> Seeds:
    """The seeds in a file or folder. label: the field with the label, the axis's name where it is None.

    Raises RewarmError for what cannot teach anything: no file, no label at all, fewer than two labels.
    """
    found = Seeds()
    rows: list[tuple[str, str, str]] = []
    for file in records.files(path):
        named = _named(path, file)
        for one in records.read(file, text):
            if isinstance(one, Fault):
                found.faults.append(one)
                continue
            own = one.fields.get(label or axis)
            value = named if own is None else label_table.text_of(own)
            if value is None:
                reason = f"has no label in the field {label or axis!r}"
                found.faults.append(Fault(one.place, reason))
                continue
            rows.append((one.place, one.text[:CHARACTERS], value))
    _add(found, rows)
    if not found.texts:
        first = f"; the first: {found.faults[0].place} {found.faults[0].reason}" if found.faults else ""
        raise RewarmError(
            f"{path}: has no labelled text{first}. Give JSON lines with `text` and `{label or axis}`, or a "
            "folder with one subfolder or file for each label"
        )
    check(found, str(path))
    return found


def of_rows(rows: Iterable[tuple[str, str, str]]) -> Seeds:
    """Seeds from (place, text, label)."""
    found = Seeds()
    _add(found, [(place, text[:CHARACTERS], label) for place, text, label in rows])
    return found


def check(found: Seeds, where: str) -> None:
    """Raise RewarmError for seeds without or with one label, and for a label with too few of them."""
    counts = found.counts
    if not counts:
        raise RewarmError(f"{where}: no documents with labels of their own; predicted ones do not teach")
    if len(counts) < 2:
        raise RewarmError(f"{where}: all {len(found.texts):,} texts are {next(iter(counts))}; two are needed")
    few = [f"{label} ({count})" for label, count in counts.most_common() if count < LEAST]
    if few:
        raise RewarmError(
            f"{where}: fewer than {LEAST} texts of {', '.join(few)}; add some, or leave these labels out"
        )


def _add(found: Seeds, rows: list[tuple[str, str, str]]) -> None:
    labels: dict[str, set[str]] = {}
    for _, text, value in rows:
        labels.setdefault(_identity(text), set()).add(value)
    seen: set[str] = set()
    for place, text, value in rows:
        identity = _identity(text)
        if len(labels[identity]) > 1:
            if identity not in seen:
                found.unsure.append(f"{place} is {' and '.join(sorted(labels[identity]))}")
        elif identity in seen:
            found.equal += 1
        else:
            found.texts.append(text)
            found.labels.append(value)
            found.places.append(place)
        seen.add(identity)


def _named(root: Path, file: Path) -> str | None:
    """The label that a file's place in a folder gives: that of the subfolder, else the file's name."""
    if not root.is_dir():
        return None
    inside = file.relative_to(root)
    if len(inside.parts) > 1:
        return inside.parts[0]
    return without_compression(file.name).rpartition(".")[0] or file.name


def _identity(text: str) -> str:
    return hashlib.blake2b(" ".join(text.split()).encode("utf-8", "replace"), digest_size=10).hexdigest()
