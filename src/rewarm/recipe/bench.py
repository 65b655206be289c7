"""Settings of a benchmark from a run's own documents (`rewarm bench build`), in a file of their own."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe import yaml_file
from rewarm.recipe.llm import Llm
from rewarm.recipe.part import Count, Part, Share

ItemSet = Literal["recall", "transfer"]
ClozeKind = Literal["term", "number", "article"]


class Lengths(Part):
    """Length of a sentence that becomes a question. Shorter ones rarely identify their answer; longer ones
    are mostly lists or failed sentence splits."""

    words: tuple[int, int] = (8, 45)
    """Fewest and most words, in text with spaces."""
    characters: tuple[int, int] = (18, 120)
    """The same in Chinese."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("words", "characters"):
            least, most = getattr(self, name)
            if not 0 < least < most:
                raise ValueError(f"{name}: {least}, {most} is no range; the first is the least, from 1")
        return self


class Questions(Part):
    """Questions that a language model writes about passages. Each of its items costs one request, then two
    for the closed-book check and one for the judge."""

    generator: Llm | None = None
    """The model that writes them. None: only items by rules. It receives redacted text, also of held-out
    documents."""
    judge: Llm | None = None
    """The model that answers them with and without the document. None: the generator."""
    per_passage: int = Field(2, ge=1, le=10)
    """Questions per passage; more of one passage are more similar."""
    passage_chars: int = Field(2400, ge=200)
    """A longer document is cut at paragraphs. About 600 tokens of English, which leaves small models room to
    answer."""
    share: Share = 0.5
    """Share of each set's items that the model writes; the other items come from rules."""
    closed_book: int = Field(2, ge=0, le=8)
    """Closed-book attempts, each with other option orders. An item is dropped when all are right: guessing
    passes two attempts with four options once in 16. 0 turns the check off."""
    attempts: int = Field(4, ge=1)
    """Passages asked about, at most, as a multiple of those needed if no item were rejected."""
    at_budget: Literal["stop", "finish"] = "stop"
    """`finish` writes the benchmark with the items that the budget allowed."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        for name in ("generator", "judge"):
            one = getattr(self, name)
            if one is not None and not one.model:
                raise ValueError(f"{name}.model: name the model as its server does")
        return self


class Bench(Part):
    """How a benchmark is built from the documents of a run."""

    items: Count = 200
    """Items per set. With 200 the 95 % interval of an accuracy is about ±7 points, and that of a paired
    difference about half as wide."""
    sets: list[ItemSet] = Field(["recall", "transfer"], min_length=1)
    """`recall`: about documents that the run trains on. `transfer`: about held-out documents."""
    sources: list[str] = []
    """Empty: every source with the label `task: domain`, or all where none has it."""
    kinds: list[ClozeKind] = ["term", "number", "article"]
    """What items by rules leave out: domain terms, numbers with units, article or section numbers. []:
    none."""
    transfer_kinds: list[ClozeKind] = ["term"]
    """The same for the transfer set. A number or article of an unseen document can only be guessed."""
    options: int = Field(4, ge=2, le=10)
    """Options per item, the right one included."""
    per_document: Count | None = None
    """Items per document and set, so that a few long documents do not fill the set. None: 3, or more where
    the set has too few documents for its items."""
    documents: Count = 2000
    """Documents per set that items are taken from, by a keyed hash. Boilerplate is counted in all."""
    lengths: Lengths = Lengths()
    similar: float = Field(0.6, gt=0, le=1)
    """Questions with this Jaccard similarity of their 3-grams are duplicates; the first is kept. At 0.6
    sentences of one template with other names are duplicates."""
    base: str | None = None
    """A model folder for the guessability check: it scores the options without the question. None: no check.
    Use the base of the run."""
    guess_margin: float = Field(1.0, ge=0)
    """Nats by which the right option must lead without the question for the item to be dropped. At 0 a
    quarter of all items would be dropped by chance."""
    questions: Questions = Questions()
    seed: int = Field(0, ge=0)
    """Of every draw: documents, items, the order of options."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        for name in ("sets", "kinds", "transfer_kinds"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name}: one is named twice")
        if self.questions.generator is None and not self.kinds and not self.transfer_kinds:
            raise ValueError("kinds: nothing is asked; name a kind, or set `questions.generator`")
        return self

    def kinds_of(self, item_set: ItemSet) -> list[ClozeKind]:
        """What items by rules leave out in a set."""
        return self.kinds if item_set == "recall" else self.transfer_kinds


def load(path: Path) -> Bench:
    """Read the settings at `path`. Raises RewarmError with one line per fault."""
    data, lines = yaml_file.read(path, "docs/bench-build.md shows one")
    return yaml_file.check(Bench, data, path, lines)
