"""Settings of the steps `annotate` and `score`: labels that classifiers give, scores of models
(`docs/annotate.md`)."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe.part import Count, Part, Share


class Classifier(Part):
    """Who teaches the labels of one axis: exactly one of `base`, `run` and `file`."""

    base: list[str] = []
    """Sources whose own labels on this axis train the classifier: an open corpus with its taxonomy."""
    run: Path | None = None
    """An earlier run, relative to the recipe, whose classifier of this axis is used: an increment to a
    corpus gets the labels that the corpus was given, without its texts."""
    file: Path | None = None
    """A classifier that `rewarm label train` wrote, relative to the recipe (`docs/annotate.md`)."""
    min_probability: Share = 0.5
    """Less certain predictions give no label: the document stays unlabelled, or has its source's `default`.
    Probabilities are calibrated, so of the labels at 0.5 about half are right."""

    @model_validator(mode="after")
    def _one_teacher(self) -> Self:
        if sum(map(bool, (self.base, self.run, self.file))) != 1:
            raise ValueError(
                "give exactly one of base, run, file: sources with labels, an earlier run, or a classifier"
            )
        return self


_PROMPT = """Rate how useful the following text is for teaching a language model facts and clear language, \
from 1 (useless: spam, lists without content, broken text) to 5 (excellent: correct, complete, well written).

Text:
{text}

Rating from 1 to 5:"""


class Score(Part):
    """One number a document from a model."""

    kind: Literal["loss", "excess_loss", "rating", "label"]
    """`loss`: bits per byte under the recipe's base, or under `model`. `excess_loss`: bits per byte under the
    base less those under `model`, a larger sibling: what is left to be learned (Lin et al. 2024, 2404.07965);
    noise is hard for both. `rating`: the expected rating of a prompted `model` by its probabilities of the
    rating's token, smoother than its most likely answer. `label`: the probability of `label` by
    `classifier`."""
    model: str | None = None
    """As `model` of the recipe: a folder, a GGUF file, a hub id. Needed by `excess_loss` and `rating`."""
    classifier: Path | None = None
    """Of `label`: a file of `rewarm label train`, relative to the recipe."""
    label: str | None = None
    """Of `label`: the label whose probability is the score."""
    prompt: str = _PROMPT
    """Of `rating`; `{text}` is replaced by the beginning of the document."""
    choices: list[str] = ["1", "2", "3", "4", "5"]
    """Of `rating`, from worst to best; each must be one token."""
    better: Literal["auto", "low", "high"] = "auto"
    """Which end has the percentile 1. `auto`: low for `loss`, high for the others."""
    sources: list[str] = []
    """Empty: all. Others get no value."""
    characters: Count = 4000
    """The beginning of a document that is scored: a forward pass costs as much as a third of a training
    step."""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        needs = {"excess_loss": ("model",), "rating": ("model",), "label": ("classifier", "label")}
        for name in needs.get(self.kind, ()):
            if getattr(self, name) is None:
                raise ValueError(f"kind {self.kind} needs {name}")
        if self.kind == "label" and self.model is not None:
            raise ValueError("kind label takes a classifier; remove model")
        if self.kind == "rating" and "{text}" not in self.prompt:
            raise ValueError("prompt: has no {text} for the document")
        if self.kind == "rating" and (len(self.choices) < 2 or len(set(self.choices)) < len(self.choices)):
            raise ValueError("choices: give two or more different ones, from worst to best")
        return self

    @property
    def low_is_better(self) -> bool:
        return self.better == "low" or (self.better == "auto" and self.kind == "loss")


class Annotate(Part):
    """Labels predicted by classifiers, and scores given by models. Nothing without an entry."""

    classifiers: dict[str, Classifier] = {}
    """Axis → classifier. The label is the attribute `predicted_AXIS`, which a source takes as its label with
    `labels: {AXIS: {attribute: predicted_AXIS}}`."""
    documents_per_class: Count = 5000
    """Documents of each label that train it, drawn by id: more change little (docs/open-corpora.md), and
    classes of equal size keep rare ones from being passed over."""
    ngram: Count = 3
    """Words, or characters of Chinese: three characters are a Chinese word or two."""
    tokens: Count = 512
    """How many of a document's first tokens are read: what it is about stands at its beginning."""
    scores: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Score] = {}
    """Name → what a model says of each document (the step `score`): the attributes `score_NAME` and
    `score_NAME_percentile`, its rank among the documents of the same source and language, 1 for the best.
    Values of two sources or languages do not compare; percentiles do."""
    quality: str | None = None
    """The score whose percentile is the quality of a document, for `dedupe.prefer`, `stages.best` and the
    comparison of stages. None: the quality that `clean` measures."""

    @model_validator(mode="after")
    def _quality_is_a_score(self) -> Self:
        if self.quality is not None and self.quality not in self.scores:
            raise ValueError(
                f"quality: '{self.quality}' is not a score; scores are {', '.join(self.scores) or 'none'}"
            )
        return self
