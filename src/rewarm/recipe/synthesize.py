"""Settings of the step `synthesize`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe.llm import Llm
from rewarm.recipe.part import Count, Part, Share

Mode = Literal["complementary", "questions", "entities", "comprehension", "solutions"]


class Questions(Part):
    """Question–answer pairs from the domain's point of view."""

    rounds: int = Field(4, ge=1)
    """Requests per passage, each with other roles, tasks and terms of the corpus. Four rounds of eight pairs
    have about as many characters as the seven complementary documents, and questions and documents mixed
    1 : 1 beat retrieval (2603.23562)."""
    pairs: int = Field(8, ge=1, le=30)
    """Pairs per request. More pairs in one request are more similar."""
    similar: float = Field(0.7, gt=0, le=1)
    """Questions with this Jaccard similarity of their words are duplicates; the first is kept. In ragas 789,
    12 to 15 of 20 were duplicates."""


class Entities(Part):
    """EntiGraph (2409.07431): the teacher lists entities and then discusses pairs of them."""

    most: int = Field(12, ge=2)
    """Entities per passage."""
    pairs: int = Field(6, ge=1)
    """Pairs discussed per passage, selected by a keyed shuffle."""


class Checks(Part):
    """Requirements for an output. Rejected outputs are kept in `synthesize/rejected` with the reason."""

    kept: Share = 0.9
    """Rewriting: share of the origin's numbers, dates, citations and names that the output contains. Below 1,
    because some in a dirty text are not real."""
    invented: int = Field(0, ge=0)
    """Numbers, dates, citations and names that the origin does not have. Cases and discussions may add
    numbers and names, never dates or citations."""
    on_topic: Share = 0.25
    """Share of the output's distinct content words that the origin contains. Text that obeys an instruction
    inside a document, or answers another question, is far below; derived texts are at 0.4 and above."""
    least_novelty: Share = 0.1
    """Share of the output's 5-grams that are not in the origin. With less it is a copy, and the corpus
    already contains the origin. Rewriting of dirty text is exempt."""
    length: tuple[float, float] = (0.4, 1.6)
    """Rewriting: length of the output, as a share of the origin's."""
    readable: Share = 0.92
    """Minimum share of readable words, as `route.good`: rewritten text must not be damaged."""
    pattern_share: Share = 0.01
    """Largest share of synthetic documents with the same opening, closing or heading line; two are always
    allowed."""


class Synthesize(Part):
    """New documents from the domain's documents, by a language model (`docs/synthesize.md`). Off by
    default: it costs money or hours, and sends redacted text to the teacher's server."""

    enabled: bool = False
    """`true` sends text to the teacher's server and adds its answers as documents."""
    teacher: Llm = Llm()
    """A larger model of the same family is best. A model gains nothing from its own output."""
    sources: list[str] = []
    """Empty: every source with `task: domain`. Sources with `redact: none` are refused."""
    modes: list[Mode] = ["complementary", "questions"]
    """`complementary`: the seven prompts of SPA (2603.22213), 57.0 on QuALITY against 56.2 of EntiGraph
    (`entities`). `comprehension`: exercises (2309.09530). `solutions`: conversations as problem, cause and
    solution. Documents that `route` sends to rewriting are rewritten in every case."""
    documents: Count | None = None
    """At most this many documents of a source, by a keyed hash; for trials. None: all."""
    repeats: int = Field(1, ge=1)
    """Repetitions of every complementary prompt, with other samples."""
    passage_chars: int = Field(6000, ge=200)
    """A longer document is cut at paragraphs. About 1,500 tokens of English: of a longer text a teacher skips
    most."""
    min_chars: int = Field(200, ge=1)
    """A shorter passage has too few facts."""
    heldout_share: Share = 0.2
    """A passage with this share of its 8-grams in held-out documents is never sent. Much stricter than
    `dedupe`, because a paraphrase of a held-out passage cannot be found afterwards."""
    benchmark_share: Share = 0.5
    """The same for a passage with this share of the 5-grams of a question in `decontaminate.benchmarks`."""
    questions: Questions = Questions()
    entities: Entities = Entities()
    checks: Checks = Checks()
    at_budget: Literal["stop", "finish"] = "stop"
    """`stop` ends the run; with a higher budget it continues from there. `finish` rejects the remaining
    requests (reason `budget`) and continues with the next steps."""

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.enabled and not self.teacher.model:
            raise ValueError("teacher.model: name the model as its server does")
        if len(set(self.modes)) < len(self.modes):
            raise ValueError("modes: one is named twice")
        if self.checks.length[0] >= self.checks.length[1]:
            raise ValueError("checks.length: the first is the least, the second the most")
        return self
