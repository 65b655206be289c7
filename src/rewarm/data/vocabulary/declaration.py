"""Declares the step `vocabulary`, which a run has only where its recipe asks for it."""

from rewarm.corpus.tables.catalogue import ATTRIBUTES, DOCUMENTS, KEEP, LABELS, MODEL, VOCABULARY
from rewarm.engine.step import Configuration, Context, Step
from rewarm.errors import RewarmError
from rewarm.recipe import Recipe, selectors

_LANGUAGE = "language"


def applies(recipe: Recipe) -> bool:
    """Whether the recipe extends the vocabulary."""
    return recipe.vocabulary is not None


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the labels that select documents; a run that goes on from another takes over its tokens.

    Raises RewarmError where the run that this one goes on from has no extended vocabulary.
    """
    assert recipe.vocabulary is not None
    earlier = None
    if context.state is not None:
        earlier = context.state.earlier.get("vocabulary")
        if earlier is None:
            raise RewarmError(
                "start.run: that run has the base's own vocabulary, and its state fits no other. Remove "
                "`vocabulary`, or start at the base"
            )
    axes = [axis for axis in recipe.axes if axis != selectors.SOURCE]
    settings = recipe.vocabulary.model_dump(mode="json")
    return Configuration(
        {
            "vocabulary": settings if context.state is None else {"documents": settings["documents"]},
            "selectors": [selectors.parse(entry) for entry in recipe.vocabulary.documents],
            "least": recipe.vocabulary.least_saving,
            "axes": axes,
            "channels": _LANGUAGE if _LANGUAGE in axes else selectors.SOURCE,
            "sources": [
                {
                    "source": source.name,
                    "labels": source.fixed_labels,
                    "attributes": source.labels_from("attribute"),
                }
                for source in recipe.sources
            ],
            "seed": recipe.seed,
            "start": context.state.identity if context.state else None,
        },
        {"earlier": earlier},
    )


STEP = Step(
    name="vocabulary",
    run="rewarm.data.vocabulary.step:run",
    configure=configure,
    applies=applies,
    reads=(DOCUMENTS, KEEP, ATTRIBUTES, LABELS, MODEL),
    writes=(MODEL, VOCABULARY),
    libraries=("tokenizers", "transformers"),
)
