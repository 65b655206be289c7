"""Declares the step `score`."""

from typing import Any

from rewarm.corpus.tables.catalogue import ATTRIBUTES, DOCUMENTS, LABELS
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Recipe

LANGUAGE = "language"


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the content of each model: where it lies does not matter. Without scores, nothing."""
    scores = recipe.annotate.scores
    if not scores:
        return Configuration({"scores": {}})
    known = context.scoring
    plain: dict[str, Any] = {}
    for name, score in scores.items():
        plain[name] = score.model_dump(mode="json") | {"low_is_better": score.low_is_better}
        plain[name].pop("better")
        if score.kind != "rating":
            plain[name].pop("prompt"), plain[name].pop("choices")
        if score.classifier is not None:
            plain[name]["classifier"] = str(score.classifier)
    train = recipe.train.model_dump(mode="json")
    return Configuration(
        {
            "scores": plain,
            "quality": recipe.annotate.quality,
            "models": {name: one.identity for name, one in known.items()},
            "languages": {
                source.name: {
                    "fixed": source.fixed_labels.get(LANGUAGE),
                    "attribute": source.labels_from("attribute").get(LANGUAGE),
                }
                for source in recipe.sources
            },
            "seq_len": recipe.evaluate.seq_len or recipe.pack.seq_len,
            "precision": recipe.train.precision,
        },
        {
            "paths": {name: str(one.path) for name, one in known.items()},
            **{key: train[key] for key in ("device", "loss_chunk", "attention")},
        },
    )


STEP = Step(
    name="score",
    run="rewarm.data.score.step:run",
    configure=configure,
    reads=(DOCUMENTS, ATTRIBUTES, LABELS),
    writes=(ATTRIBUTES.of("judged_quality"),),
)
