"""Which general text the examples of a user's tasks resemble.

A classifier learns to tell the groups of general documents apart, a group being a source with a language and
a task. Its mean probabilities over the examples say which share of them is most like each group. `mix` moves
general text on `auto` toward these shares.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.classify import records
from rewarm.classify.reading import Reading
from rewarm.classify.training import train
from rewarm.corpus.tables import ids, own_labels, texts
from rewarm.engine.publish import writing
from rewarm.engine.work import Work
from rewarm.errors import RewarmError

AXES = ("language", "task")
# Of each group: more change little, and groups of equal size are equally likely.
_DOCUMENTS = 500
_CHARACTERS = 6000
_BATCH = 512
Group = tuple[str, str | None, str | None]


def write(work: Work, shards: Sequence[Path]) -> None:
    """affinity.json: rows of source, language, task and share; shares sum to 1. Nothing where it stands.

    Raises RewarmError for a file of examples without any text.
    """
    target = work.folder / "affinity.json"
    if target.exists():
        return
    examples = _examples(work.config["examples"], work.config.get("examples_file"))
    groups = _groups(work, shards)
    if not groups:
        print("annotate  examples: no general documents to compare them with", file=sys.stderr)
    shares = _shares(work, shards, groups, examples)
    rows: list[dict[str, Any]] = [
        {"source": source, "language": language, "task": task, "share": round(share, 6)}
        for (source, language, task), share in shares.items()
    ]
    with writing(target) as aside:
        aside.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    most = sorted(rows, key=lambda row: -row["share"])[:6]
    said = ", ".join(f"{_named(row)} {row['share']:.0%}" for row in most)
    print(f"annotate  {len(examples):,} task examples are most like {said}", file=sys.stderr)


def _named(row: dict[str, Any]) -> str:
    inside = "/".join(row[axis] for axis in AXES if row[axis])
    return f"{row['source']} ({inside})" if inside else str(row["source"])


def _examples(given: dict[str, Any], file: str | None) -> list[str]:
    if file is None:
        return [str(text) for text in given["texts"]]
    found = [text for _, text in records.texts(Path(file))]
    if not found:
        raise RewarmError(f"mix.examples: {file} has no text; give JSON lines with `text`")
    return found


def _groups(work: Work, shards: Sequence[Path]) -> dict[Group, list[str]]:
    """Ids of the documents that stand for each group, drawn by a hash of the id."""
    drawn: dict[Group, list[tuple[int, str]]] = defaultdict(list)
    general = work.config["examples"]["general"]
    for shard in shards:
        rows = texts.read(shard, ["id", "source"]).combine_chunks()
        own = {
            axis: own_labels.of_shard(
                work.tables.get("labels", []), shard.name, rows, axis, work.config["fixed"]
            )
            for axis in AXES
        }
        ranks = ids.ranks(ids.of_digits(rows["id"]), "examples", work.config["seed"])
        identities = rows["id"].to_pylist()
        sources = own["task"].sources
        for place in np.flatnonzero(np.isin(sources, general)):
            language, task = own["language"].own[place], own["task"].own[place]
            drawn[str(sources[place]), language, task].append((int(ranks[place]), identities[place]))
        for group, mine in drawn.items():
            if len(mine) > 4 * _DOCUMENTS:
                drawn[group] = sorted(mine)[:_DOCUMENTS]
    return {
        group: [identity for _, identity in sorted(mine)[:_DOCUMENTS]]
        for group, mine in drawn.items()
        if group[2] != "domain"
    }


def _shares(
    work: Work, shards: Sequence[Path], groups: dict[Group, list[str]], examples: list[str]
) -> dict[Group, float]:
    if len(groups) < 2:
        return {group: 1.0 for group in groups}
    names = {json.dumps(group): group for group in groups}
    label_of = {identity: name for name, group in names.items() for identity in groups[group]}
    wanted = pa.array(list(label_of), pa.string())
    read: list[tuple[str, str]] = []
    for shard in shards:
        for batch in texts.batches(shard, ["id", "text"], _BATCH):
            mine = batch.filter(pc.is_in(batch["id"], wanted))
            cut = pc.utf8_slice_codeunits(mine["text"], 0, _CHARACTERS)
            read += zip(mine["id"].to_pylist(), cut.to_pylist(), strict=True)
    read.sort()
    model = train(
        pa.array([text for _, text in read], pa.string()), [label_of[identity] for identity, _ in read],
        [identity for identity, _ in read], Reading(), work.config["seed"],
    )  # fmt: skip
    mean = model.probabilities(pa.array([text[:_CHARACTERS] for text in examples], pa.string())).mean(axis=0)
    return {names[name]: float(share) for name, share in zip(model.classes, mean, strict=True)}
