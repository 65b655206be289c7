"""Preflight: problems that are visible before any work, reported within seconds.

`rewarm run` runs every check first and stops when a finding says that the run cannot succeed;
`rewarm run --dry-run` prints the same findings. Nothing is loaded, downloaded or written; what needs a
network has three seconds, and what is estimated says so. `docs/preflight.md` lists the findings.

inputs.py      files of the sources: missing, of another kind, without the text field
labels.py      labels spelled differently, no trained domain
budget.py      tokens that the data gives against tokens that the stages ask for
base_model.py  the base: there, complete, of a kind that can be trained
machine.py     GPU, run folder, disk, optional packages
benchmarks.py  files of benchmarks
remote.py      hub and package index
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from rewarm import recipe_file
from rewarm.preflight import base_model, benchmarks, budget, inputs, labels, machine, remote
from rewarm.preflight.finding import Blocked, Finding, ordered
from rewarm.preflight.subject import Subject
from rewarm.preflight.survey import Survey
from rewarm.recipe import Recipe

__all__ = ["CHECKS", "Blocked", "Finding", "findings"]

CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    inputs.check,
    labels.check,
    budget.check,
    base_model.check,
    machine.device,
    machine.folder,
    machine.extras,
    benchmarks.check,
    remote.check,
)


def findings(recipes: dict[str, Recipe], path: Path, root: Path, until: str | None = None) -> list[Finding]:
    """Every finding, errors first.

    recipes: by variant name, "" without variants; path: of the recipe's file; root: the run folder;
    until: the last step to run. Never raises because of what it checks: a check that fails itself is a
    note, and the run goes on.
    """
    lines = recipe_file.lines(path)
    sources = {source.model_dump_json() for recipe in recipes.values() for source in recipe.sources}
    survey = Survey(len(sources))
    found: list[Finding] = []
    for variant, recipe in recipes.items():
        subject = Subject(recipe, path, root, variant, until, lines, survey)
        for check in CHECKS:
            try:
                found += check(subject)
            except Exception as error:
                name = check.__module__.rsplit(".", 1)[-1]
                what = f"the check {name} failed itself ({type(error).__name__}: {error}); it is left out."
                found.append(Finding("note", "preflight", str(path), what))
    return ordered(found)
