"""Declares the step `decontaminate`."""

from rewarm.corpus.benchmarks import built
from rewarm.corpus.benchmarks import files as benchmark_files
from rewarm.corpus.tables.catalogue import DOCUMENTS, KEEP, LEDGER
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Decontaminate, Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the content of the benchmarks' files: where they lie does not matter. Built benchmarks among the
    tasks of `evaluate` are looked for too."""
    settings = recipe.decontaminate.model_dump(mode="json")
    named = settings["benchmarks"]
    benchmarks = benchmark_files.find([*named, *built.benchmarks(recipe.evaluate.tasks, named)])
    return Configuration(
        {"decontaminate": {**settings, "benchmarks": [one.identity for one in benchmarks]}},
        {"files": [one.files for one in benchmarks]},
    )


STEP = Step(
    name="decontaminate",
    run="rewarm.data.decontaminate.step:run",
    settings=Decontaminate,
    configure=configure,
    reads=(DOCUMENTS, KEEP),
    writes=(KEEP, LEDGER, Table("items", "items.parquet")),
    verdicts=("drop", "mask"),
)
