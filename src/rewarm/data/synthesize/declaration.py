"""Declares the step `synthesize`."""

from typing import Any

from rewarm.corpus.benchmarks import files as benchmark_files
from rewarm.corpus.tables.catalogue import DOCUMENTS, LABELS, ROUTED, SPLIT
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.errors import RewarmError
from rewarm.recipe import Recipe, Synthesize

# Of the teacher, what can change a text; the rest says how and for how much it is asked.
_IN_KEY = (
    "model",
    "revision",
    "max_tokens",
    "temperature",
    "structured",
    "output_limit",
    "invalid_attempts",
    "extra",
)


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the sources that are sent to the teacher; of one that is off, only that.

    Raises RewarmError for a source that is not a source or was not redacted.
    """
    settings = recipe.synthesize
    if not settings.enabled:
        return Configuration({"synthesize": {"enabled": False}, "seed": recipe.seed})
    plain, teacher = without_how(settings)
    benchmarks = benchmark_files.find(recipe.decontaminate.model_dump(mode="json")["benchmarks"])
    plain["benchmarks"] = [one.identity for one in benchmarks]
    if settings.at_budget == "finish":
        plain["budget"] = teacher["budget"]
    return Configuration(
        {"synthesize": plain, "sources": sources(recipe), "seed": recipe.seed},
        {"teacher": teacher, "benchmark_files": [one.files for one in benchmarks]},
    )


def without_how(settings: Synthesize) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings that can change a text, and those that say how and for how much the teacher is asked."""
    plain = settings.model_dump(mode="json")
    teacher = plain.pop("teacher")
    plain["teacher"] = {name: teacher.pop(name) for name in _IN_KEY}
    return plain, teacher


def sources(recipe: Recipe) -> list[str]:
    """The sources whose documents the teacher sees."""
    redacted = (
        {one.name for one in recipe.sources if one.redact != "none"} if recipe.redact.enabled else set()
    )
    named = recipe.synthesize.sources
    known = [one.name for one in recipe.sources]
    for name in named:
        if name not in known:
            raise RewarmError(f"synthesize.sources: '{name}' is not a source; sources are {', '.join(known)}")
        if name not in redacted:
            raise RewarmError(
                f"synthesize.sources: personal data in '{name}' is not replaced, and only redacted text "
                "is sent to a teacher; set `redact.enabled: true`, and the source's `redact` to auto, all or "
                "structured"
            )
    chosen = named or [
        one.name
        for one in recipe.sources
        if one.fixed_labels.get("task") == "domain" and one.name in redacted
    ]
    if not chosen:
        raise RewarmError(
            "synthesize: no source is redacted and of the domain; label one `task: domain`, leave "
            "`redact` on, or name it in synthesize.sources"
        )
    return chosen


STEP = Step(
    name="synthesize",
    run="rewarm.data.synthesize.step:run",
    settings=Synthesize,
    configure=configure,
    reads=(DOCUMENTS, LABELS, SPLIT, ROUTED),
    writes=(
        DOCUMENTS,
        LABELS,
        SPLIT,
        Table("synthetic", "synthetic"),
        Table("questions", "questions"),
        Table("rejected", "rejected"),
        Table("summary", "summary.json"),
    ),
    libraries=("rjieba",),
)
