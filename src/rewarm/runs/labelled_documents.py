"""The documents of a run that have a label of their own on an axis, to teach a classifier.

Labels that a classifier predicted are left out: it would learn from itself.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import texts
from rewarm.errors import RewarmError
from rewarm.runs import document_labels
from rewarm.runs.run import Run

_BATCH = 1024


def of_run(run: Run, axis: str, most: int, characters: int) -> Iterator[tuple[str, str, str]]:
    """(id, text, label) of at most `most` documents of each label, drawn by a hash of the id.

    characters: of a text that are read. Raises RewarmError for a run without documents, or without labels on
    the axis, with the axes that there are.
    """
    step = next((run.steps[name] for name in ("clean", "collect") if name in run.steps), None)
    if step is None:
        raise RewarmError(f"{run.path}: has no documents; run its recipe with --until clean")
    recipe = run.recipe
    axes = {name: label for source in recipe.get("sources", []) for name, label in source["labels"].items()}
    if axis not in axes:
        raise RewarmError(
            f"{run.path}: no source of its recipe labels the axis '{axis}'; "
            f"axes are {', '.join(axes) or 'none'}"
        )
    predicted = {
        source["name"]
        for source in recipe["sources"]
        if isinstance(label := source["labels"].get(axis), dict) and label.get("attribute")
    }
    drawn: dict[str, list[tuple[str, str]]] = defaultdict(list)
    shards = [step.path / "documents" / name for name in step.shards() if name not in step.lost]
    before = [one for one in run.steps.values() if (one.path / "labels").is_dir()]
    for shard in shards:
        rows = texts.read(shard, ["id", "source"]).combine_chunks()
        ids, sources = rows["id"].combine_chunks(), rows["source"].to_pylist()
        found = document_labels.of_shard(before, recipe, shard.name, ids, sources)
        for identity, source, labels in zip(ids.to_pylist(), sources, found, strict=True):
            if axis in labels and source not in predicted:
                drawn[labels[axis]].append((_rank(identity), identity))
        for label, mine in drawn.items():
            if len(mine) > 2 * most:
                drawn[label] = sorted(mine)[:most]
    chosen = {identity: label for label, mine in drawn.items() for _, identity in sorted(mine)[:most]}
    for shard in shards:
        for batch in texts.batches(shard, ["id", "text"], _BATCH):
            cut = pc.utf8_slice_codeunits(batch["text"], 0, characters)
            for identity, text in zip(batch["id"].to_pylist(), cut.to_pylist(), strict=True):
                if identity in chosen and text.strip():
                    yield identity, text, chosen[identity]


def all_texts(run: Run, characters: int) -> Iterator[tuple[str, str]]:
    """(id, text) of every document of a run that is not held out, as `clean` left it.

    Raises RewarmError for a run without documents.
    """
    step = next((run.steps[name] for name in ("clean", "collect") if name in run.steps), None)
    if step is None:
        raise RewarmError(f"{run.path}: has no documents; run its recipe with --until clean")
    split = run.steps["holdout"].path / "split" if "holdout" in run.steps else None
    for name in step.shards():
        if name in step.lost:
            continue
        held: set[str] = set()
        if split is not None and (split / name).exists():
            rows = pq.read_table(split / name, columns=["id", "heldout"])
            held = set(rows.filter(rows["heldout"])["id"].to_pylist())
        for batch in texts.batches(step.path / "documents" / name, ["id", "text"], _BATCH):
            cut = pc.utf8_slice_codeunits(batch["text"], 0, characters)
            for identity, text in zip(batch["id"].to_pylist(), cut.to_pylist(), strict=True):
                if identity not in held and text.strip():
                    yield identity, text


def _rank(identity: str) -> str:
    return hashlib.blake2b(f"seeds {identity}".encode(), digest_size=8).hexdigest()
