"""Preflight: problems that are visible before any work, reported within seconds.

`rewarm run` runs every check first and stops when a finding says that the run cannot succeed;
`rewarm run --dry-run` prints the same findings. Nothing is loaded, downloaded or written; what needs a
network has three seconds, and what is estimated says so. `docs/preflight.md` lists the findings.

inputs.py      files of the sources: missing, of another kind, without the text field
labels.py      labels spelled differently, no trained domain
cut_off.py     documents that the date cut-off and rights leave out; when the base was released
budget.py      tokens that the data gives against tokens that the stages ask for
base_model.py  the base: there, complete, of a kind that can be trained
machine.py     GPU, run folder, disk, optional packages
notifications.py programs and variables of train.notify
stage_rates.py a peak rate that damages the base
stage_needs.py memory and time of each stage, and sequences beyond the base's positions
benchmarks.py  files of benchmarks
tasks.py       items of the tasks that the result is evaluated on
teacher.py     the teacher of `synthesize`: package, key, sources, where text is sent
remote.py      hub and package index
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from rewarm.pipeline.preflight import (
    base_model,
    benchmarks,
    budget,
    cut_off,
    inputs,
    labels,
    machine,
    notifications,
    remote,
    stage_needs,
    tasks,
    teacher,
)
from rewarm.pipeline.preflight.finding import Blocked, Finding, ordered
from rewarm.pipeline.preflight.subject import Subject
from rewarm.pipeline.preflight.survey import Survey
from rewarm.recipe import Recipe, reading

__all__ = ["CHECKS", "SLOW", "Blocked", "Finding", "findings"]

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    inputs.check,
    labels.check,
    cut_off.check,
    budget.check,
    base_model.check,
    machine.device,
    machine.folder,
    machine.extras,
    notifications.check,
    benchmarks.check,
    tasks.check,
    teacher.check,
    remote.check,
)
# What imports torch or transformers, which takes seconds: after the others have reported and found no error.
SLOW: tuple[Callable[[Subject], Iterator[Finding]], ...] = (base_model.weights, stage_needs.check)


def findings(
    recipes: dict[str, Recipe], path: Path, root: Path, until: str | None = None
) -> Iterator[list[Finding]]:
    """Two lists of findings, errors first: of CHECKS, and of SLOW where CHECKS found no error.

    recipes: by variant name, "" without variants; path: of the recipe's file; root: the run folder;
    until: the last step to run. Never raises because of what it checks: a check that fails itself is a
    note, and the run goes on.
    """
    lines = reading.lines(path)
    sources = {source.model_dump_json() for recipe in recipes.values() for source in recipe.sources}
    survey = Survey(len(sources))
    subjects = [
        Subject(recipe, path, root, variant, until, lines, survey) for variant, recipe in recipes.items()
    ]
    found = ordered(finding for subject in subjects for check in CHECKS for finding in _of(check, subject))
    yield found
    if not any(finding.severity == "error" for finding in found):
        yield ordered(finding for subject in subjects for check in SLOW for finding in _of(check, subject))


def _of(check: Callable[[Subject], Iterator[Finding]], subject: Subject) -> list[Finding]:
    try:
        return list(check(subject))
    except Exception as error:
        name = check.__module__.rsplit(".", 1)[-1]
        what = f"the check {name} failed itself ({type(error).__name__}: {error}); it is left out."
        return [Finding("note", "preflight", str(subject.path), what)]
