"""`rewarm bench build`: a run to two files of items and an account of what every filter dropped."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.evaluate.build import cloze, documents
from rewarm.evaluate.build.asked import rounds
from rewarm.evaluate.build.asked.rounds import Models
from rewarm.evaluate.build.balance import Limit, draw
from rewarm.evaluate.build.documents import Document, Given
from rewarm.evaluate.build.guesses import Guesses, guess
from rewarm.evaluate.build.overlap import DocumentCounts
from rewarm.evaluate.build.repeats import Repeats
from rewarm.evaluate.build.sentences import language
from rewarm.evaluate.build.terms import Terms
from rewarm.evaluate.tasks.item import Item, record_of
from rewarm.llm.client import Client
from rewarm.recipe.bench import Bench, ItemSet
from rewarm.runs.run import Run

SUMMARY = "build.json"
# Documents of other sources, which tell the domain's terms from common words.
_GENERAL = 1000
# Items per document by default, and how many more than needed where documents are few.
_PER_DOCUMENT, _SPARE = 3, 1.5


@dataclass(frozen=True)
class Built:
    """items, counts: of each set; guesses: what the base chooses from the options alone; documents: of the
    run, by set and reason."""

    items: dict[ItemSet, list[Item]]
    counts: dict[ItemSet, Counter[str]]
    guesses: dict[ItemSet, Guesses | None]
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
        sorted(
            (document for one in read.values() for document in one),
            key=lambda one: draw(settings.seed, one.id),
        ),
        (document.text for document in given.read(others)),
    )
    with _models(settings, given, folder) as models:
        made = {
            item_set: _set(
                item_set,
                texts,
                cloze.Corpus(terms, own[item_set], trained if item_set == "transfer" else None),
                settings,
                models,
            )
            for item_set, texts in read.items()
        }
    return Built(
        {item_set: one[0] for item_set, one in made.items()},
        {item_set: one[1] for item_set, one in made.items()},
        {item_set: one[2] for item_set, one in made.items()},
        given.counts,
        settings,
    )


def _set(
    item_set: ItemSet, texts: list[Document], corpus: cloze.Corpus, settings: Bench, models: Models | None
) -> tuple[list[Item], Counter[str], Guesses | None]:
    """Items of one set, its counts, and what the base guesses. Questions come first: what they lack of their
    share, items by rules fill."""
    counts: Counter[str] = Counter()
    most = settings.per_document or max(_PER_DOCUMENT, math.ceil(_SPARE * settings.items / len(texts)))
    accept = _Accept(most, settings.similar, counts)
    wanted = settings.items if settings.base is None else math.ceil(_SPARE * settings.items)
    found: list[Item] = []
    if models is not None:
        share = settings.questions.share if settings.kinds_of(item_set) else 1.0
        asked = math.ceil(share * wanted)
        found = rounds.items(texts, item_set, corpus, settings, models, accept, asked, counts)
    found += cloze.items(texts, item_set, corpus, settings, accept, wanted - len(found), counts)
    if settings.base is None:
        return found, counts, None
    guesses = guess(found, Path(settings.base), settings.guess_margin)
    counts["items.guessable"] = len(guesses.ids)
    kept = [item for item in found if item.id not in guesses.ids]
    counts["items.spare"] = max(0, len(kept) - settings.items)
    return kept[: settings.items], counts, guesses


@contextmanager
def _models(settings: Bench, given: Given, folder: Path) -> Iterator[Models | None]:
    """Clients of the generator and the judge; None without a generator."""
    asked = settings.questions
    if asked.generator is None:
        yield None
        return
    given.require_redacted()
    journal = folder / "llm" / "spent.jsonl"
    with closing(Client(asked.generator, journal)) as generator:
        if asked.judge is None:
            yield Models(generator, generator)
            return
        with closing(Client(asked.judge, journal.with_name("judge-spent.jsonl"))) as judge:
            yield Models(generator, judge)


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
        "guessed": guessed(built),
        "counts": {item_set: dict(counts) for item_set, counts in built.counts.items()},
    }
    with writing(folder / SUMMARY) as aside:
        aside.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return paths


def guessed(built: Built) -> dict[str, dict[str, float]]:
    """Accuracy of the base without the question, and of guessing, by set; empty without a base."""
    return {
        item_set: {"accuracy": one.accuracy, "chance": one.chance}
        for item_set, one in built.guesses.items()
        if one is not None
    }


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
