"""Benchmark items in the documents of a run, and what became of these documents.

The search is that of `decontaminate` (`text/item_search/`), over all documents that the run collected, also
those that a step dropped. For a match in a document that was kept, the text that went to training is
searched once more: the passage may have been cut. What remains is masked (context without loss), trained on,
or in a document that the mix did not choose.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np

from rewarm.corpus.benchmarks import items as benchmark_items
from rewarm.corpus.tables import masks
from rewarm.evaluate.leaks import run_documents
from rewarm.evaluate.leaks.run_documents import Shard
from rewarm.evaluate.tasks.item import Item
from rewarm.recipe.decontaminate import Decontaminate
from rewarm.runs.run import Run
from rewarm.text.grams.tokens import Tokens, tokens_of
from rewarm.text.item_search import paraphrase
from rewarm.text.item_search.collection import GRAM, TOO_SHORT, Collection, collection, gather, searched
from rewarm.text.item_search.matching import Match, matches
from rewarm.text.item_search.places import token_places
from rewarm.text.item_search.scan import frequencies, meeting

Fate = Literal["trained", "masked", "cut", "held out", "dropped", "not chosen", "not trained yet"]
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Found:
    """An item in a document. item, task: its id and task; score: share of the question; passage: the matched
    text, without personal data; fate: what became of it; detail: step and reason, or updates."""

    task: str
    item: str
    document: str
    source: str
    origin: str
    reason: str
    score: float
    passage: str
    fate: Fate
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """compared: items that are long enough to be looked for, of `items`; found: trained ones first."""

    items: int
    compared: int
    documents: int
    found: tuple[Found, ...]

    @property
    def fates(self) -> dict[str, int]:
        """Items by the worst fate of a document that has them."""
        worst: dict[tuple[str, str], Fate] = {}
        for row in self.found:
            worst.setdefault((row.task, row.item), row.fate)
        return dict(Counter(worst.values()))


# The worst first.
_ORDER: tuple[Fate, ...] = (
    "trained",
    "not trained yet",
    "masked",
    "not chosen",
    "cut",
    "held out",
    "dropped",
)


def provenance(run: Run, tasks: dict[str, Sequence[Item]]) -> Provenance:
    """Search the documents of a run for the items of tasks (name → items), with the recipe's settings of
    `decontaminate`."""
    settings = {
        key: value for key, value in (run.recipe.get("decontaminate") or {}).items() if key != "benchmarks"
    }
    config = Decontaminate.model_validate(settings).model_dump()
    items = [_searchable(task, item) for task, found in tasks.items() for item in found]
    owners = [(task, item.id) for task, found in tasks.items() for item in found]
    with TemporaryDirectory() as temporary:
        folder = Path(temporary, "collection")
        gather(folder, items, _no_heldout(), config)
        common, total = _common(run, folder, config)
        found = collection(folder, common, config)
    signed = paraphrase.sign(found) if config["paraphrase"] < 1 else []
    rows = []
    for shard in run_documents.collected(run):
        texts = shard.texts
        for row, held in _matches(tokens_of(texts), found, signed, config).items():
            rows += [(shard, row, match) for match in held]
    fates = _fates(run, rows, found, signed, config)
    results = [
        Found(
            *owners[match.owner], shard.ids[row], shard.sources[row], shard.origins[row], match.reason,
            match.score, _passage(shard, row, match), *fates[shard.ids[row], match.owner],
        )
        for shard, row, match in rows
    ]  # fmt: skip
    results.sort(key=lambda one: (_ORDER.index(one.fate), one.task, one.item, one.document))
    compared = int((found.how != TOO_SHORT).sum())
    return Provenance(len(items), compared, total, tuple(results))


def _searchable(task: str, item: Item) -> benchmark_items.Item:
    """Without the passage: to train on an encyclopedia's article is no leak of a question about it."""
    return benchmark_items.Item(f"{task}/{item.id}", item.question, item.options or item.answers)


def _no_heldout() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.empty(0, "S1"), np.empty(0, np.int32), np.empty(0, np.uint32)


def _common(run: Run, folder: Path, config: dict[str, Any]) -> tuple[np.ndarray, int]:
    """Which grams are common language in the run's documents, and how many documents there are."""
    index = searched(folder)
    counts, total = np.zeros(len(index.grams), np.int64), 0
    for shard in run_documents.collected(run):
        tokens = tokens_of(shard.texts)
        total += len(shard.ids)
        if len(index.grams):
            counts += frequencies(tokens, np.ones(len(shard.ids), bool), GRAM, index)
    return counts >= max(config["frequent_documents"], config["frequent_share"] * total), total


def _matches(
    tokens: Tokens, found: Collection, signed: list[paraphrase.Signed], config: dict[str, Any]
) -> dict[int, list[Match]]:
    """Matches by row of a shard."""
    result: dict[int, list[Match]] = {}
    if not len(found.index.grams):
        return result
    every = np.ones(len(tokens.counts), bool)
    for row in meeting(tokens, every, GRAM, found.index, found.need).tolist():
        hashes = tokens.hashes[tokens.starts[row] : tokens.starts[row] + tokens.counts[row]]
        if held := matches(hashes, found, config):
            result[row] = held
    for row, match in paraphrase.matches(tokens, np.flatnonzero(every), signed, found, config):
        held = result.setdefault(row, [])
        if all(match.owner != other.owner for other in held):
            held.append(match)
    return result


def _fates(
    run: Run,
    rows: list[tuple[Shard, int, Match]],
    found: Collection,
    signed: list[paraphrase.Signed],
    config: dict[str, Any],
) -> dict[tuple[str, int], tuple[Fate, str]]:
    """By document and owner."""
    wanted = {shard.ids[row] for shard, row, _ in rows}
    dropped, heldout = run_documents.dropped(run, wanted), run_documents.held_out(run, wanted)
    updates = run_documents.updates(run, wanted)
    left: dict[tuple[str, int], bool] = {}
    for shard in run_documents.trained(run, wanted):
        for row, held in _matches(tokens_of(shard.texts), found, signed, config).items():
            places = token_places(shard.texts[row].as_py())
            for match in held:
                span = int(places[match.first, 0]), int(places[match.last - 1, 1])
                left[shard.ids[row], match.owner] = _inside(span, shard.masks[row])
    fates: dict[tuple[str, int], tuple[Fate, str]] = {}
    for shard, row, match in rows:
        document = shard.ids[row]
        key = document, match.owner
        if document in dropped:
            fates[key] = "dropped", dropped[document]
        elif document in heldout:
            fates[key] = "held out", ""
        elif run.file("tokenize", "tokens") is None:
            fates[key] = "not trained yet", ""
        elif key not in left:
            fates[key] = "cut", ""
        elif left[key]:
            fates[key] = "masked", ""
        elif updates is None:
            fates[key] = "not trained yet", ""
        elif document in updates:
            fates[key] = "trained", f"{updates[document]} updates"
        else:
            fates[key] = "not chosen", ""
    return fates


def _inside(span: tuple[int, int], masked: masks.Spans) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in masked)


def _passage(shard: Shard, row: int, match: Match) -> str:
    from rewarm.pii import hide  # loads lists of names

    text = shard.texts[row].as_py()
    places = token_places(text)
    passage = " ".join(text[int(places[match.first, 0]) : int(places[match.last - 1, 1])].split())[:_SHOWN]
    return hide(passage) if shard.raw else passage
