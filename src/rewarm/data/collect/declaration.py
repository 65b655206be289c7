"""Declares the step `collect`."""

from dataclasses import replace

from rewarm.corpus.tables.catalogue import DOCUMENTS, LEDGER
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Collect, Recipe

# Of a source, what decides how it is read; the rest concerns later steps.
_READ = ("name", "format", "text", "mask", "records", "query", "markup", "labels", "limit", "files",
         "conversations", "follow_symlinks")  # fmt: skip


def configure(recipe: Recipe, context: Context) -> Configuration:
    """By the content of the sources' files: where they lie does not matter."""
    plain = recipe.model_dump(mode="json")
    sources = [{key: source[key] for key in _READ} for source in plain["sources"]]
    return Configuration(
        {"files": context.files, "sources": sources, "collect": plain["collect"]},
        {"sources": plain["sources"]},
    )


STEP = Step(
    name="collect",
    run="rewarm.data.collect.step:run",
    settings=Collect,
    configure=configure,
    writes=(
        DOCUMENTS,
        replace(LEDGER, path="faults"),
        Table("pages", "pages"),
        Table("talks", "talks"),
        Table("canned", "canned.parquet"),
    ),
    verdicts=("drop", "edit", "mask"),
    # rjieba finds names and hides them in the ledger's excerpts; the others read documents.
    libraries=(
        "rjieba",
        "pypdfium2",
        "trafilatura",
        "python-docx",
        "python-pptx",
        "openpyxl",
        "striprtf",
        "olefile",
        "warcio",
        "mwparserfromhell",
        "rapidocr",
    ),
)
