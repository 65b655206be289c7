"""What training documents must not contain: benchmark items, and parts of what is held out."""

from pathlib import Path

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Benchmark(Part):
    """Items that the model is to be asked: JSON lines, a JSON array, Parquet or CSV, also with .gz."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    """Its name in the ledger."""
    path: Path
    """A file, a folder or a glob; relative to the recipe."""
    question: list[str] = ["question"]
    """Fields of what is asked, dotted, as in `doc.query`; joined. Leave out a passage that the question is
    about: the passage alone, an encyclopedia's article say, gives nothing away."""
    options: list[str] = ["choices"]
    """Fields of choices and answers, each a text or a list of texts; those that an item lacks count as none.
    Their order says nothing."""
    id: str | None = None
    """The field with the item's id; none counts records from 1."""


class Decontaminate(Part):
    """Benchmark items in training documents (`data/decontaminate/`): what was read is no test any more.
    An item matches by its own words, in their order, within one window of the document."""

    benchmarks: list[Benchmark] = []
    """None named: only copies of what is held out are looked for."""
    drop_share: Share = 0.1
    """A document is dropped when passages that matched are this share of it; of others, a book or a statute,
    only the passages carry no loss. 0 drops every one, 1 only those that are nothing else."""
    coverage: float = Field(0.7, gt=0, le=1)
    """Share of a question's tokens that stand in the document, in order. Qwen2.5 (2412.15115) asks for 0.6
    beside a common 13-gram; 0.7 without one finds copies of which a fifth is edited."""
    options_coverage: Share = 0.6
    """Share of the options' tokens that must stand beside a question too short to match alone."""
    min_words: Count = 13
    """A question of fewer words that say something matches only with its options, up to twice as many only
    with them or nearly word for word; question and options with fewer together never match.
    13 is GPT-3's n-gram (2005.14165, appendix C)."""
    min_characters: Count = 20
    """The same in Chinese, by characters: about as much text."""
    paraphrase: float = Field(0.75, gt=0, le=1)
    """Similarity of the sets of tokens of question and window, whatever their order; 1 is off. At 0.6 legal
    formulas ("whoever violates section 4 of this act …") pass for each other, at 0.75 none did."""
    frequent_items: Share = 0.005
    """A 5-gram in this share of a benchmark's items, and in six, is its template and says nothing."""
    frequent_share: Share = 0.001
    """A 5-gram in this share of training documents is common language."""
    frequent_documents: Count = 30
    """And in at least so many: below, copies of an item would pass for common language."""
    heldout_share: Share = 0.8
    """A held-out document matches when this share of its 5-grams stands in a training one. `dedupe` asks what
    share of the training document is held out, so a copy inside a collection passes there. 0 is off."""
    heldout_run: int = Field(100, ge=0)
    """Or when so many of its tokens stand there in a row: a page of it. 0 is off."""
