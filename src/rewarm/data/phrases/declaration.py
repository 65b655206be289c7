"""Declares the step `phrases`."""

from rewarm.corpus.tables.catalogue import DOCUMENTS, KEEP_IF_ANY, LEDGER, MEASURES
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Phrases, Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the sources' labels, which say what each is compared with."""
    return Configuration(
        {
            "phrases": recipe.phrases.model_dump(mode="json"),
            "sources": {source.name: source.labels for source in recipe.sources},
        }
    )


STEP = Step(
    name="phrases",
    run="rewarm.data.phrases.step:run",
    settings=Phrases,
    configure=configure,
    reads=(DOCUMENTS, KEEP_IF_ANY, MEASURES),
    writes=(DOCUMENTS, MEASURES, LEDGER, Table("phrases", "phrases.parquet")),
    verdicts=("edit", "mask"),
)
