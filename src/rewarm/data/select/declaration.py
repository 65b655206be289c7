"""Declares the step `select`."""

from rewarm.corpus.tables.catalogue import ATTRIBUTES, DOCUMENTS, KEEP_IF_ANY, LABELS, LEDGER
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Recipe, Select


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the rules that each source goes by."""
    return Configuration(
        {
            "select": recipe.select.model_dump(mode="json"),
            "sources": {
                source.name: {"rules": source.rules, "language": source.fixed_labels.get("language")}
                for source in recipe.sources
            },
        }
    )


STEP = Step(
    name="select",
    run="rewarm.data.select.step:run",
    settings=Select,
    configure=configure,
    reads=(DOCUMENTS, KEEP_IF_ANY, ATTRIBUTES, LABELS),
    writes=(DOCUMENTS, LEDGER),
    verdicts=("drop",),
)
