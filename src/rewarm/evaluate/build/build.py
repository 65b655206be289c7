"""`rewarm bench build`: a run to two files of items and an account of what every filter dropped."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.evaluate.build import cloze, documents
from rewarm.evaluate.build.balance import Limit
from rewarm.evaluate.build.documents import Document, Given
from rewarm.evaluate.build.overlap import DocumentCounts
from rewarm.evaluate.build.repeats import Repeats
from rewarm.evaluate.build.sentences import language
from rewarm.evaluate.build.terms import Terms
from rewarm.evaluate.tasks.item import Item, record_of
from rewarm.recipe.bench import Bench, ItemSet
from rewarm.runs.run import Run

SUMMARY = "build.json"
# Documents of other sources, which tell the domain's terms from common words.
_GENERAL = 1000
# Items per document by default, and how many more than needed where documents are few.
_PER_DOCUMENT, _SPARE = 3, 1.5


@dataclass(frozen=True)
class Built:
    """items: of each set; counts: of each set, by filter; documents: of the run, by set and reason."""

    items: dict[ItemSet, list[Item]]
    counts: dict[ItemSet, Counter[str]]
    documents: Counter[str]
    settings: Bench


def plan(run: Run, settings: Bench) -> Given:
    """The documents that items would be taken from. Raises as `documents.given`."""
    return documents.given(run, settings)


def build(run: Run, settings: Bench, folder: Path) -> Built:
    """Make the items of all sets. folder: where a language model's spending is recorded.

    Raises RewarmError where the run has no documents for a set.
    """
    given = documents.given(run, settings)
    read = {
        item_set: list(_read(given, given.drawn(item_set, settings.documents, settings.seed), item_set))
        for item_set in settings.sets
    }
    own = {item_set: _counted(given, [given.ids[item_set]]) for item_set in settings.sets}
    trained = None
    if "transfer" in settings.sets:
        trained = own.get("recall") or _counted(given, [given.ids["recall"]])
        _counted(given, [given.in_part], trained)
    others = documents.drawn(given.others, _GENERAL, settings.seed)
    terms = Terms(
        [document for one in read.values() for document in one],
        (document.text for document in given.read(others)),
    )
    items: dict[ItemSet, list[Item]] = {}
    counts: dict[ItemSet, Counter[str]] = {}
    for item_set, texts in read.items():
        counts[item_set] = Counter()
        corpus = cloze.Corpus(terms, own[item_set], trained if item_set == "transfer" else None)
        most = settings.per_document or max(_PER_DOCUMENT, math.ceil(_SPARE * settings.items / len(texts)))
        accept = _Accept(most, settings.similar, counts[item_set])
        items[item_set] = cloze.items(texts, item_set, corpus, settings, accept, counts[item_set])
    return Built(items, counts, given.counts, settings)


def write(built: Built, folder: Path) -> list[Path]:
    """Write `SET.jsonl` of each set and `build.json`. Returns the files of items."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for item_set, found in built.items.items():
        paths.append(folder / f"{item_set}.jsonl")
        with writing(paths[-1]) as aside:
            lines = [json.dumps(record_of(item), ensure_ascii=False) + "\n" for item in found]
            aside.write_text("".join(lines), encoding="utf-8")
    told = {
        "settings": built.settings.model_dump(mode="json"),
        "documents": dict(built.documents),
        "counts": {item_set: dict(counts) for item_set, counts in built.counts.items()},
    }
    with writing(folder / SUMMARY) as aside:
        aside.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return paths


def _counted(given: Given, parts: list[list[str]], counts: DocumentCounts | None = None) -> DocumentCounts:
    """The n-grams of documents, added to `counts` where given."""
    found = counts or DocumentCounts()
    for ids in parts:
        found.add((one.text, language(one.text)) for one in _read(given, ids, "compare"))
    return found


def _read(given: Given, ids: list[str], name: str) -> Iterator[Document]:
    with progress(name, total=len(ids), unit="doc", quiet=not ids) as bar:
        for document in given.read(ids):
            bar.update(1)
            yield document


class _Accept:
    """Accepts items that are no near-duplicates, at most so many of a document; counts the others."""

    def __init__(self, most: int, similar: float, counts: Counter[str]) -> None:
        self._limit, self._repeats, self._counts = Limit(most), Repeats(similar), counts

    def __call__(self, item: Item) -> bool:
        document = item.origin["document"]
        full, repeats = self._limit.full(document), self._repeats.repeats(item.question)
        if full or repeats:
            self._counts["items.per_document" if full else "items.near_duplicate"] += 1
            return False
        self._limit.take(document)
        self._repeats.add(item.question)
        return True
