"""Asks a model for the items of one set, round by round until there are enough.

A round takes passages of documents in turn over sources and labels, asks for questions, drops by rules what
does not fit the passage, then asks the judge: with the passage it must choose the right option, without it it
must not choose it every time. Every answer is in the client's cache, so a killed build asks nothing twice.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rewarm.engine.progress import progress
from rewarm.evaluate.build import balance
from rewarm.evaluate.build.asked import checks, prompts
from rewarm.evaluate.build.asked.passages import Passage, passages, shared
from rewarm.evaluate.build.asked.prompts import Written
from rewarm.evaluate.build.cloze import Corpus
from rewarm.evaluate.build.documents import Document
from rewarm.evaluate.tasks.item import Item
from rewarm.llm.answer import Answer
from rewarm.llm.client import Client
from rewarm.llm.request import Request
from rewarm.llm.spending import BudgetReached
from rewarm.recipe.bench import Bench, ItemSet

GROUP = "question"


@dataclass(frozen=True)
class Models:
    """Who writes and who answers."""

    generator: Client
    judge: Client


@dataclass(frozen=True)
class _Draft:
    """A question that passed the rules. options: shuffled; gold: place of the right one; address: of the
    generator's answer in the cache."""

    passage: Passage
    written: Written
    options: list[str]
    gold: int
    address: str


def items(
    documents: Sequence[Document],
    item_set: ItemSet,
    corpus: Corpus,
    settings: Bench,
    models: Models,
    accept: Callable[[Item], bool],
    most: int,
    counts: Counter[str],
) -> list[Item]:
    """At most so many items of a set. accept, counts: as in `cloze.items`.

    Raises BudgetReached unless `at_budget` is `finish`, and RewarmError where a server cannot be used.
    """
    asked = settings.questions
    waiting = _in_turn(documents, corpus, settings, counts)
    budget = asked.attempts * max(1, -(-most // asked.per_passage))
    found: list[Item] = []
    try:
        while len(found) < most and budget > 0:
            wanted = max(1, min(budget, -(-(most - len(found)) // asked.per_passage)))
            chosen = [passage for _, passage in zip(range(wanted), waiting, strict=False)]
            if not chosen:
                break
            budget -= len(chosen)
            for draft in _round(chosen, settings, models, counts):
                item = _item(draft, item_set, settings)
                if len(found) < most and accept(item):
                    found.append(item)
    except BudgetReached:
        if asked.at_budget == "stop":
            raise
        counts["questions.budget"] += 1
    return found


def _in_turn(
    documents: Sequence[Document], corpus: Corpus, settings: Bench, counts: Counter[str]
) -> Iterator[Passage]:
    """One passage of each document, groups in turn, before the next of any."""
    seed, size = settings.seed, settings.questions.passage_chars
    order = sorted(documents, key=lambda one: balance.draw(seed, one.id))
    left = {
        document.id: iter(
            sorted(passages(document, size), key=lambda one: balance.draw(seed, document.id, one.start))
        )
        for document in order
    }
    while left:
        for document in [one for one in order if one.id in left]:
            passage = next(left[document.id], None)
            if passage is None:
                del left[document.id]
            elif reason := shared(passage, corpus.own, corpus.trained):
                counts[f"passages.{reason}"] += 1
            else:
                yield passage


def _round(chosen: list[Passage], settings: Bench, models: Models, counts: Counter[str]) -> list[_Draft]:
    """The questions about some passages that pass all checks."""
    asked = settings.questions
    counts["passages"] += len(chosen)
    requests = [prompts.write(passage, asked.per_passage, settings.options) for passage in chosen]
    drafts: list[_Draft] = []
    for passage, answer in zip(chosen, _answers("write", requests, models.generator), strict=True):
        if answer.rejected or not answer.data:
            counts["passages.no_questions"] += 1
            continue
        for written in prompts.WrittenQuestions.model_validate(answer.data).questions:
            counts["questions"] += 1
            if reason := checks.check(written, passage, settings.options):
                counts[f"questions.{reason}"] += 1
            else:
                drafts.append(_draft(written, passage, answer.address, settings))
    right = _chosen(
        "with text",
        [prompts.with_passage(one.written.question, one.options, one.passage) for one in drafts],
        models,
    )
    drafts = _kept(
        drafts, [place == one.gold for place, one in zip(right, drafts, strict=True)], "unsupported", counts
    )
    return _not_known(drafts, settings, models, counts)


def _not_known(drafts: list[_Draft], settings: Bench, models: Models, counts: Counter[str]) -> list[_Draft]:
    """The questions that are not answered right every time without the passage."""
    known = [True] * len(drafts) if settings.questions.closed_book else [False] * len(drafts)
    for attempt in range(settings.questions.closed_book):
        # Only a question that was answered right every time so far is asked again.
        places = [place for place, still in enumerate(known) if still]
        turned = [_turned(drafts[place], attempt) for place in places]
        answers = _chosen(
            "no text",
            [
                prompts.without_passage(drafts[place].written.question, options, attempt)
                for place, (options, _) in zip(places, turned, strict=True)
            ],
            models,
        )
        for place, choice, (_, gold) in zip(places, answers, turned, strict=True):
            known[place] = choice == gold
    return _kept(drafts, [not one for one in known], "closed_book", counts)


def _turned(draft: _Draft, attempt: int) -> tuple[list[str], int]:
    """The options moved on by some places, so that a model which prefers a letter is not taken to know."""
    size = len(draft.options)
    shift = (1 + attempt) % size
    return draft.options[shift:] + draft.options[:shift], (draft.gold - shift) % size


def _kept(drafts: list[_Draft], keep: list[bool], reason: str, counts: Counter[str]) -> list[_Draft]:
    counts[f"questions.{reason}"] += keep.count(False)
    return [draft for draft, stays in zip(drafts, keep, strict=True) if stays]


def _draft(written: Written, passage: Passage, address: str, settings: Bench) -> _Draft:
    wrong = list(dict.fromkeys(one.strip() for one in written.distractors))[: settings.options - 1]
    key = (settings.seed, passage.document.id, written.question)
    options = sorted([written.answer.strip(), *wrong], key=lambda one: balance.draw(*key, one))
    return _Draft(passage, written, options, options.index(written.answer.strip()), address)


def _chosen(name: str, requests: list[Request], models: Models) -> list[int]:
    """The places that the judge chooses, -1 for none and for answers that cannot be used."""
    answers = _answers(name, requests, models.judge)
    letters = [str((answer.data or {}).get("choice", prompts.NONE)) for answer in answers]
    return [prompts.LETTERS.find(letter) if len(letter) == 1 else -1 for letter in letters]


def _answers(name: str, requests: list[Request], client: Client) -> list[Answer]:
    found: dict[int, Answer] = {}
    with progress(name, total=len(requests), unit="answer", quiet=not requests) as bar:

        def done(number: int, answer: Answer) -> None:
            found[number] = answer
            bar.update(1)

        client.ask_all(requests, done)
    return [found[number] for number in range(len(requests))]


def _item(draft: _Draft, item_set: ItemSet, settings: Bench) -> Item:
    document = draft.passage.document
    span = checks.evidence_span(draft.written, draft.passage)
    generator = settings.questions.generator
    judge = settings.questions.judge or generator
    return Item(
        id=f"{item_set}-{document.id[:12]}-q{balance.draw(0, draft.written.question).hex()[:8]}",
        question=draft.written.question.strip(),
        options=tuple(draft.options),
        gold=(draft.gold,),
        group=GROUP,
        labels={"source": document.source, **document.labels},
        origin={
            "document": document.id,
            "source": document.source,
            "file": document.origin,
            "span": list(span or (draft.passage.start, draft.passage.stop)),
            "set": item_set,
            "how": f"llm:{draft.address}",
            "teacher": generator.model if generator else "",
            "judge": judge.model if judge else "",
            "evidence": draft.written.evidence.strip(),
        },
    )
