"""Settings of the step `decontaminate`: benchmark items and held-out text in training documents."""

from pathlib import Path

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Benchmark(Part):
    """Benchmark items: JSON lines, a JSON array, Parquet or CSV, also with .gz."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """Name in the ledger."""
    path: Path
    """A file, a folder or a glob; relative to the recipe."""
    question: list[str] = ["question"]
    """Fields of the question, dotted as in `doc.query`, joined. Omit a passage that the question is about:
    training on the passage alone, for example an encyclopedia article, is not a leak."""
    options: list[str] = ["choices"]
    """Fields of choices and answers, each a text or a list of texts; missing ones are ignored. Their order
    does not matter."""
    id: str | None = None
    """The field with the item's id. None: records are numbered from 1."""


class Decontaminate(Part):
    """Benchmark items in training documents (`data/decontaminate/`), which would invalidate the benchmark. An
    item matches by its own words, in their order, within one window of the document."""

    benchmarks: list[Benchmark] = []
    """Without benchmarks only copies of held-out documents are looked for."""
    drop_share: Share = 0.1
    """A document is dropped when the matching passages make up this share of it; in others, such as a book or
    a statute, the passages are masked. 0 drops all, 1 only documents that consist of matches."""
    coverage: float = Field(0.7, gt=0, le=1)
    """Share of a question's tokens that occur in the document, in order. Qwen2.5 (2412.15115) requires 0.6
    and a common 13-gram; 0.7 without one finds copies of which a fifth is edited."""
    options_coverage: Share = 0.6
    """Share of the options' tokens that must occur near a question that is too short to match alone."""
    min_words: Count = 13
    """A question with fewer distinctive words matches only with its options; with up to twice as many, only
    with them or nearly word for word. Question and options with fewer in total never match.
    13 is GPT-3's n-gram (2005.14165, appendix C)."""
    min_characters: Count = 20
    """The same in Chinese, by characters: about as much text."""
    paraphrase: float = Field(0.75, gt=0, le=1)
    """Similarity of the sets of tokens of question and window, in any order; 1 is off. At 0.6 legal formulas
    ("whoever violates section 4 of this act …") match each other, at 0.75 none did."""
    frequent_items: Share = 0.005
    """A 5-gram in this share of a benchmark's items, and in at least six, is its template and ignored."""
    frequent_share: Share = 0.001
    """A 5-gram in this share of training documents is common language."""
    frequent_documents: Count = 30
    """Minimum number of documents: with fewer, copies of an item would count as common language."""
    heldout_share: Share = 0.8
    """A held-out document matches when a training document contains this share of its 5-grams. `dedupe` uses
    the share of the training document, so it keeps a collection with a copy inside. 0 is off."""
    heldout_run: int = Field(100, ge=0)
    """Or when the training document contains this many consecutive tokens of it: a page. 0 is off."""
