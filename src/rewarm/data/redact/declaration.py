"""Declares the step `redact`."""

from rewarm.corpus.tables.catalogue import DOCUMENTS, KEEP_IF_ANY, LEDGER
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Recipe, Redact


def configure(recipe: Recipe, context: Context) -> Configuration:
    """The settings, how each source is redacted, and the seed of the surrogates."""
    return Configuration(
        {
            "redact": recipe.redact.model_dump(mode="json"),
            "sources": {source.name: source.redact for source in recipe.sources},
            "seed": recipe.seed,
        }
    )


STEP = Step(
    name="redact",
    run="rewarm.data.redact.step:run",
    settings=Redact,
    configure=configure,
    reads=(DOCUMENTS, KEEP_IF_ANY),
    writes=(
        DOCUMENTS,
        LEDGER,
        Table("kinds", "kinds"),
        Table("surrogates", files=("surrogates/**", "surrogates.json")),
    ),
    verdicts=("drop", "edit", "mask"),
    # Both segment text into words that may be names.
    libraries=("rjieba", "spacy"),
)
