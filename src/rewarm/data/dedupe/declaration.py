"""Declares the step `dedupe`."""

from rewarm.corpus.tables.catalogue import ATTRIBUTES, DOCUMENTS, KEEP, KEEP_IF_ANY, LEDGER, SPLIT
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Dedupe, Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the content of the earlier corpora (`dedupe.base`): where they lie does not matter."""
    settings = recipe.dedupe.model_dump(mode="json", exclude={"base"})
    corpora = [{"folder": str(corpus.folder), "key": corpus.key} for corpus in context.corpora]
    return Configuration(
        {"dedupe": settings, "base": [corpus["key"] for corpus in corpora]}, {"dedupe.base": corpora}
    )


STEP = Step(
    name="dedupe",
    run="rewarm.data.dedupe.step:run",
    settings=Dedupe,
    configure=configure,
    reads=(DOCUMENTS, KEEP_IF_ANY, ATTRIBUTES.of("quality", "judged_quality"), SPLIT),
    writes=(KEEP, LEDGER, Table("clusters", "clusters")),
    verdicts=("drop",),
)
