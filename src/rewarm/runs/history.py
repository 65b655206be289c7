"""From a document to the updates that trained on it, and back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.tables import ids
from rewarm.corpus.tables.blocks import Blocks, Update
from rewarm.errors import RewarmError
from rewarm.runs import document_labels, document_pages
from rewarm.runs.step_tables import StepFolder, chosen

Steps = Mapping[str, StepFolder]

_SHOWN = ["source", "origin", "text"]
_STATED = ("date", "date_origin", "licence", "licence_origin", "rights")
_EXCERPT = 100


@dataclass(frozen=True, slots=True)
class Decision:
    """A step's verdict on a document, as its ledger has it."""

    step: str
    verdict: str
    reason: str
    score: float | None
    threshold: float | None
    match: str


@dataclass(frozen=True, slots=True)
class Use:
    """A part of a document in training. sequence: number in the stage; first_token: in the document; pages:
    of the file, where it has pages, as in 12–14."""

    update: int
    stage: str
    block: str
    sequence: int
    first_token: int
    tokens: int
    pages: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """text: as `redact` gave it; heldout: None before the step that decides it; date: `unknown` where nothing
    says it; rights: reserved uses, separated by spaces. date, licence and rights: None where `collect` wrote
    none, as for a synthetic document."""

    id: str
    source: str
    origin: str
    labels: dict[str, str]
    text: str
    heldout: bool | None
    verdicts: list[Decision]
    trained: list[Use]
    date: str | None = None
    date_origin: str | None = None
    licence: str | None = None
    licence_origin: str | None = None
    rights: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document in an update. excerpt: the start of the document; pages: of its file."""

    sequence: int
    id: str
    first_token: int
    tokens: int
    source: str
    origin: str
    excerpt: str
    pages: str = ""


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """The documents of an update, in the order of its sequences."""

    update: int
    stage: str
    documents: list[Part]


@dataclass(frozen=True, slots=True)
class Known:
    """Where a document came from and how it begins."""

    source: str
    origin: str
    excerpt: str


def of_document(steps: Steps, plan: list[Update], prefix: str, recipe: dict[str, Any]) -> History:
    """The history of the one document whose id begins with `prefix`.

    steps, plan, recipe: of the run. Raises RewarmError for none or several.
    """
    row = _find(steps, prefix)
    split = steps["holdout"].rows("split", row["id"]) if "holdout" in steps else []
    keys = Decision.__dataclass_fields__
    stated = steps["collect"].rows("attributes", row["id"]) if "collect" in steps else []
    return History(
        id=row["id"],
        source=row["source"],
        origin=row["origin"],
        labels=document_labels.of_document(steps.values(), recipe, row["id"], row["source"]),
        text=row["text"],
        heldout=split[0]["heldout"] if split else None,
        verdicts=[
            Decision(**{key: verdict[key] for key in keys})
            for step in steps.values()
            for verdict in step.verdicts(row["id"])
        ],
        trained=_with_pages(steps, row["id"], list(_uses(steps, plan, row["id"]))),
        **{key: stated[0][key] for key in _STATED if stated},
    )


def of_update(steps: Steps, plan: list[Update], number: int) -> TrainedOn:
    """The documents of an update of the plan."""
    update = plan[number]
    packed = steps["pack"]
    blocks = Blocks(packed.path, update.stage)
    read = [(number, blocks[number]) for number in update.sequences]
    parts = [
        (sequence, identity, int(offset), int(length))
        for sequence, found in read
        for identity, offset, length in zip(
            ids.digits(found.documents), found.offsets, found.lengths, strict=True
        )
    ]
    found = known(steps, {part[1] for part in parts})
    places: document_pages.Places = {}
    for _, identity, first, tokens in parts:
        places.setdefault(identity, []).append((first, tokens))
    pages = document_pages.pages(steps, places)
    return TrainedOn(
        number,
        update.stage,
        [
            Part(
                *part,
                found[part[1]].source,
                found[part[1]].origin,
                found[part[1]].excerpt,
                pages.get((part[1], part[2]), ""),
            )
            for part in parts
        ],
    )


def _with_pages(steps: Steps, identity: str, uses: list[Use]) -> list[Use]:
    places = [(use.first_token, use.tokens) for use in uses]
    pages = document_pages.pages(steps, {identity: places}) if places else {}
    return [replace(use, pages=pages.get((identity, use.first_token), "")) for use in uses]


def known(steps: Steps, wanted_ids: set[str]) -> dict[str, Known]:
    """Origin and start of documents, without personal data."""
    redacted = (steps.get("synthesize") or steps.get("redact")) if wanted_ids else None
    wanted = pa.array(sorted(wanted_ids), pa.string())
    tables = chosen(redacted, lambda found: pc.is_in(found, wanted), _SHOWN) if redacted else []
    return {
        row["id"]: Known(row["source"], row["origin"], " ".join(row["text"].split())[:_EXCERPT])
        for rows in tables
        for row in rows.to_pylist()
    }


def _find(steps: Steps, prefix: str) -> dict[str, Any]:
    """The document as `redact` gave it; one that went no further than `collect` without personal data."""
    from rewarm.pii import hide  # loads lists of names

    found: dict[str, dict[str, Any]] = {}
    for step in (steps[name] for name in ("synthesize", "redact", "collect") if name in steps):
        for rows in chosen(step, lambda column: pc.starts_with(column, prefix), _SHOWN):
            for row in rows.to_pylist():
                if row["id"] not in found:
                    raw = step.name == "collect"
                    found[row["id"]] = {**row, "text": hide(row["text"])} if raw else row
    if len(found) != 1:
        seen = ", ".join(list(found)[:5])
        fault = (
            f"is the start of several ids: {seen}; give more of it"
            if found
            else "no document of this run has this id"
        )
        raise RewarmError(f"{prefix}: {fault}")
    return next(iter(found.values()))


def _uses(steps: Steps, plan: list[Update], identity: str) -> Iterator[Use]:
    packed = steps.get("pack")
    if packed is None:
        return
    wanted = ids.of_digits([identity])[0]
    stages = {stage: Blocks(packed.path, stage) for stage in {update.stage for update in plan}}
    for update in plan:
        blocks = stages[update.stage]
        for sequence in update.sequences:
            found = blocks[sequence]
            for at in np.flatnonzero(found.documents == wanted):
                offset, length = int(found.offsets[at]), int(found.lengths[at])
                yield Use(update.number, update.stage, blocks.file_of(sequence), sequence, offset, length)
