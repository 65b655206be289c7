"""Declares the step `phrases`."""

from rewarm.corpus.tables.catalogue import DOCUMENTS, KEEP_IF_ANY, LEDGER
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Phrases, Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the sources' labels, which say what each is compared with."""
    return Configuration(
        {
            "phrases": recipe.phrases.model_dump(mode="json"),
            "sources": {source.name: source.fixed_labels for source in recipe.sources},
        }
    )


STEP = Step(
    name="phrases",
    run="rewarm.data.phrases.step:run",
    settings=Phrases,
    configure=configure,
    reads=(DOCUMENTS, KEEP_IF_ANY),
    writes=(DOCUMENTS, LEDGER, Table("phrases", "phrases.parquet")),
    verdicts=("edit", "mask"),
)
