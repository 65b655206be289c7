"""Items by rules: a term, number or article is left out of a sentence, with options of the same type.

Filters go from cheap to expensive, and each counts what it drops. Sentences: length, prose, readable alone,
boilerplate, and in the transfer set sentences that training text has too. Blanks: the answer must not be
shown elsewhere, the rest of the sentence must not stand in another document with another answer, and there
must be enough distractors.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rewarm.evaluate.build import balance
from rewarm.evaluate.build.blanks import Blank, blanks
from rewarm.evaluate.build.distractors import Pool
from rewarm.evaluate.build.documents import Document
from rewarm.evaluate.build.overlap import DocumentCounts
from rewarm.evaluate.build.sentences import Sentence, language, sentences, unfit
from rewarm.evaluate.build.terms import Terms
from rewarm.evaluate.tasks.item import BLANK, Item
from rewarm.recipe.bench import Bench, ItemSet

_NUMERAL = re.compile(r"[0-9０-９]+(?:[.,][0-9]+)*|[零〇一二两三四五六七八九十百千万亿]+")
_SILENT = re.compile(r"[^\w\0]+")
# Sentences of a document that are looked at: a long document has enough in a sample.
_SENTENCES = 200
HOW = "rule:cloze"


@dataclass(frozen=True)
class Corpus:
    """What a set's sentences are compared with. own: its documents; trained: training text, for the transfer
    set."""

    terms: Terms
    own: DocumentCounts
    trained: DocumentCounts | None


def items(
    documents: Iterable[Document],
    item_set: ItemSet,
    corpus: Corpus,
    settings: Bench,
    accept: Callable[[Item], bool],
    most: int,
    counts: Counter[str],
) -> list[Item]:
    """At most so many items of a set. accept: whether an item that passed all rules is taken;
    counts: what was looked at and dropped, by reason. Blanks are counted until the set is full."""
    fitting = [
        sentence
        for document in documents
        for sentence in _drawn(document, settings.seed)
        if _fits(sentence, corpus, settings, counts)
    ]
    found = [
        blank for sentence in fitting for blank in blanks(sentence, settings.kinds_of(item_set), corpus.terms)
    ]
    counts["blanks"] += len(found)
    pool = Pool(found, corpus.terms.contexts)
    elsewhere = _other_answers(found)

    def made(blank: Blank) -> Item | None:
        reason = _unfit(blank, elsewhere)
        options = [] if reason else pool.distractors(blank, settings.options - 1, str(settings.seed))
        if not reason and len(options) < settings.options - 1:
            reason = "no_distractors"
        if reason:
            counts[f"blanks.{reason}"] += 1
            return None
        item = _item(blank, options, item_set, settings.seed)
        return item if accept(item) else None

    rows = sorted(
        _best(found), key=lambda one: balance.draw(settings.seed, one.sentence.document.id, one.span)
    )
    return balance.fill(((_group(blank), blank) for blank in rows), made, most)


def _drawn(document: Document, seed: int) -> list[Sentence]:
    found = list(sentences(document))
    return sorted(found, key=lambda one: balance.draw(seed, document.id, one.start))[:_SENTENCES]


def _fits(sentence: Sentence, corpus: Corpus, settings: Bench, counts: Counter[str]) -> bool:
    counts["sentences"] += 1
    reason = unfit(sentence, settings.lengths)
    if not reason and BLANK in sentence.text:
        reason = "not_prose"
    if not reason and any(
        start < sentence.stop and sentence.start < stop for start, stop in sentence.document.masks
    ):
        reason = "without_loss"
    if not reason:
        spoken = language(sentence.document.text)
        if corpus.own.boilerplate(sentence.text, spoken):
            reason = "boilerplate"
        elif corpus.trained is not None and corpus.trained.known(sentence.text, spoken):
            reason = "in_training"
    if reason:
        counts[f"sentences.{reason}"] += 1
    return not reason


def _other_answers(found: list[Blank]) -> set[str]:
    """Questions, as `_plain`, that several documents answer differently."""
    first: dict[str, tuple[str, str]] = {}
    several = set()
    for blank in found:
        key = _plain(blank.question)
        document, value = first.setdefault(key, (blank.sentence.document.id, blank.found.value))
        if document != blank.sentence.document.id and value != blank.found.value:
            several.add(key)
    return several


def _plain(question: str) -> str:
    """Equal for questions that differ in numerals, case, spacing and punctuation alone."""
    return _SILENT.sub("", _NUMERAL.sub("0", question.casefold().replace(BLANK, "\0")))


def _best(found: list[Blank]) -> list[Blank]:
    """Of each sentence and kind the best blank."""
    best: dict[tuple[str, int, str], Blank] = {}
    for blank in found:
        place = (blank.sentence.document.id, blank.sentence.start, blank.kind)
        if place not in best or blank.found.weight > best[place].found.weight:
            best[place] = blank
    return list(best.values())


def _unfit(blank: Blank, elsewhere: set[str]) -> str:
    shown = f"{blank.sentence.title}\n{blank.question}".casefold()
    if blank.answer.casefold() in shown:
        return "answer_shown"
    return "other_answers" if _plain(blank.question) in elsewhere else ""


def _group(blank: Blank) -> tuple[str, ...]:
    document = blank.sentence.document
    return (
        blank.kind,
        document.source,
        *(f"{axis}={value}" for axis, value in sorted(document.labels.items())),
    )


def _item(blank: Blank, wrong: list[str], item_set: ItemSet, seed: int) -> Item:
    sentence, document = blank.sentence, blank.sentence.document
    start, stop = blank.span
    options = sorted([blank.answer, *wrong], key=lambda one: balance.draw(seed, document.id, start, one))
    return Item(
        id=f"{item_set}-{document.id[:12]}-{start}",
        question=blank.question,
        options=tuple(options),
        gold=(options.index(blank.answer),),
        context=sentence.title,
        group=blank.kind,
        labels={"source": document.source, **document.labels},
        origin={
            "document": document.id,
            "source": document.source,
            "file": document.origin,
            "span": [start, stop],
            "set": item_set,
            "how": f"{HOW}:{blank.kind}",
        },
    )
