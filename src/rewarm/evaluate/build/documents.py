"""The documents of a run that items are taken from: those it trains on, and those it holds out.

Text is read as the last data step left it: cleaned, with personal data replaced. A document counts as trained
on when its tokens are in the blocks from first to last; of a document that is there in part, nobody could say
which of its sentences were trained on. Characters that carry no loss, such as replaced names, are no answers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.tables import ids as document_ids
from rewarm.errors import RewarmError
from rewarm.recipe.bench import Bench, ItemSet
from rewarm.runs import step_tables, trained_documents
from rewarm.runs.run import Run
from rewarm.runs.step_tables import StepFolder

Masks = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """origin: file and record; labels: axis → value; masks: [start, stop) of characters without loss."""

    id: str
    source: str
    origin: str
    text: str
    labels: Mapping[str, str] = field(default_factory=dict)
    masks: Masks = ()


@dataclass(frozen=True)
class Given:
    """What a run has for a benchmark.

    step: whose text is read; sources: that items are taken from; ids: set → the IDs of its documents;
    in_part: IDs of documents that are trained on in part; others: IDs of documents of other sources; counts:
    documents by set, and those left out by reason.
    """

    run: Run
    step: StepFolder
    sources: list[str]
    ids: dict[ItemSet, list[str]]
    in_part: list[str]
    others: list[str]
    counts: Counter[str]

    def drawn(self, item_set: ItemSet, most: int, seed: int) -> list[str]:
        """At most so many IDs of a set, by a keyed hash, so that more documents move few."""
        return drawn(self.ids[item_set], most, seed)

    def require_redacted(self) -> None:
        """Raise RewarmError for a source whose personal data is not replaced: its text must not leave
        here."""
        recipe = self.run.recipe
        for source in recipe["sources"]:
            if source["name"] in self.sources and not (
                recipe["redact"]["enabled"] and source["redact"] != "none"
            ):
                raise RewarmError(
                    f"questions.generator: personal data in {source['name']!r} is not replaced, and only "
                    "redacted text is sent to a model; set `redact.enabled: true` and the source's `redact` "
                    "to auto, all or structured, or name other `sources`"
                )

    def read(self, wanted: list[str]) -> Iterator[Document]:
        """The documents with these IDs, in the order of the run's shards."""
        labels = self._labels(wanted)
        chosen = pa.array(sorted(wanted), pa.string())
        for shard in self.step.shards():
            rows = step_tables.went_on(self.step, shard, ["source", "origin", "text", "masks"])
            if rows is None:
                continue
            masks = self._masks(shard)
            for row in rows.filter(pc.is_in(rows["id"], chosen)).to_pylist():
                spans = [*(row["masks"] or ()), *masks.get(row["id"], ())]
                yield Document(
                    row["id"], row["source"], row["origin"], row["text"], labels.get(row["id"], {}),
                    tuple(sorted((span["start"], span["end"]) for span in spans)),
                )  # fmt: skip

    def _masks(self, shard: str) -> dict[str, list[dict[str, int]]]:
        shown = step_tables.shown_masks(self.step, shard)
        return {row["id"]: row["masks"] or [] for row in shown.to_pylist()} if shown is not None else {}

    def _labels(self, wanted: list[str]) -> dict[str, dict[str, str]]:
        table = self.run.documents
        place = pc.index_in(table["id"], pa.array(wanted, pa.string()))
        rows = table.filter(pc.is_valid(place)).select(["id", "labels"]).to_pylist()
        return {row["id"]: dict(row["labels"]) for row in rows}


def given(run: Run, settings: Bench) -> Given:
    """What a run has. Raises RewarmError for a run without blocks, unknown sources, or no documents."""
    if "pack" not in run.steps:
        raise RewarmError(
            f"{run.path}: has no blocks yet, so nobody knows what it trains on; `rewarm bench build RECIPE` "
            "runs the data steps first"
        )
    deciding = [step for name, step in run.steps.items() if step.decides and name != "pack"]
    before = list(run.steps).index("tokenize")
    step = [one for one in deciding if list(run.steps).index(one.name) < before][-1]
    sources = _sources(run, settings)
    trained = trained_documents.whole(run)
    ids: dict[ItemSet, list[str]] = {"recall": [], "transfer": []}
    in_part: list[str] = []
    others: list[str] = []
    counts: Counter[str] = Counter()
    for row in run.documents.select(["id", "source", "heldout", "dropped_by", "tokens"]).to_pylist():
        if row["source"] not in sources:
            others += [row["id"]] if row["dropped_by"] is None else []
        elif row["dropped_by"] is not None or row["tokens"] is None:
            counts["documents.dropped"] += 1
        elif row["heldout"]:
            ids["transfer"].append(row["id"])
        elif row["id"] in trained.whole:
            ids["recall"].append(row["id"])
        elif row["id"] in trained.part:
            in_part.append(row["id"])
            counts["documents.trained_in_part"] += 1
        else:
            counts["documents.not_trained"] += 1
    for item_set in settings.sets:
        counts[f"documents.{item_set}"] = len(ids[item_set])
        if not ids[item_set]:
            rest = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
            raise RewarmError(
                f"{run.path}: no document for the {item_set} set in {', '.join(sources)} "
                f"({rest or 'no document at all'}). Name other `sources`, or leave {item_set} out of `sets`"
            )
    return Given(run, step, sources, ids, in_part, others, counts)


def drawn(wanted: list[str], most: int, seed: int) -> list[str]:
    """At most so many IDs, by a keyed hash."""
    keys = document_ids.ranks(document_ids.of_digits(wanted), "bench", seed)
    return [wanted[place] for place in np.argsort(keys, kind="stable")[:most]]


def _sources(run: Run, settings: Bench) -> list[str]:
    known = {one["name"]: one for one in run.recipe["sources"]}
    for name in settings.sources:
        if name not in known:
            raise RewarmError(f"sources: {name!r} is not a source of {run.path}; they are {', '.join(known)}")
    domain = [name for name, one in known.items() if (one.get("labels") or {}).get("task") == "domain"]
    return settings.sources or domain or list(known)
