"""Settings of the step `annotate`: labels that a classifier gives (`docs/open-corpora.md`)."""

from pathlib import Path
from typing import Self

from pydantic import model_validator

from rewarm.recipe.part import Count, Part, Share


class Classifier(Part):
    """Who teaches the labels of one axis: exactly one of `base` and `run`."""

    base: list[str] = []
    """Sources whose own labels on this axis train the classifier: an open corpus with its taxonomy."""
    run: Path | None = None
    """An earlier run, relative to the recipe, whose classifier of this axis is used: an increment to a
    corpus gets the labels that the corpus was given, without its texts."""
    min_probability: Share = 0.5
    """Less certain predictions give no label: the document stays unlabelled, or has its source's `default`.
    Probabilities are calibrated, so of the labels at 0.5 about half are right."""

    @model_validator(mode="after")
    def _one_teacher(self) -> Self:
        if bool(self.base) == bool(self.run):
            raise ValueError("give exactly one of base, run: sources with labels, or an earlier run")
        return self


class Annotate(Part):
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
