"""Declares the step `collect`."""

from dataclasses import replace
from typing import Any

from rewarm.corpus.tables.catalogue import DOCUMENTS, LABELS, LEDGER, PROVENANCE
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Collect, Recipe
from rewarm.recipe.cut_off import cut_off

_CUT_OFF = ("since", "until", "undated", "rights")
# Of a source, what decides how it is read; the rest concerns later steps.
_READ = ("name", "format", "text", "mask", "records", "query", "markup", "limit", "files", "conversations",
         "follow_symlinks", "parse")  # fmt: skip


def configure(recipe: Recipe, context: Context) -> Configuration:
    """By the content of the sources' files: where they lie does not matter, nor do labels that hold for a
    whole source, but for the language of a conversation's labels."""
    plain = recipe.model_dump(mode="json")
    read, aside = [], []
    for source, values in zip(recipe.sources, plain["sources"], strict=True):
        own: dict[str, Any] = {"date": cut_off(recipe, source)}
        if fields := source.labels_from("field"):
            own["label_fields"] = fields
        if source.conversations:
            own["language"] = source.fixed_labels.get("language", "")
        read.append({**{key: values[key] for key in _READ}, **own})
        aside.append({**values, **own})
    # The cut-off stands at each source, resolved.
    options = {key: value for key, value in plain["collect"].items() if key not in _CUT_OFF}
    return Configuration({"files": context.files, "sources": read, "collect": options}, {"sources": aside})


STEP = Step(
    name="collect",
    run="rewarm.data.collect.step:run",
    settings=Collect,
    configure=configure,
    writes=(
        DOCUMENTS,
        LABELS,
        PROVENANCE,
        replace(LEDGER, path="faults"),
        Table("pages", "pages"),
        Table("conversations", "conversations"),
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
        "rapid-layout",
    ),
)
