"""Base and result, and checkpoints between them, on the same tasks and texts.

Each model is loaded once and scores every task; what
is scored is kept (`score/kept.py`), so a killed evaluation resumes with the next task. The form of a task
(`form: auto`) is chosen from a sample that both models answer in both forms, by their sum: a choice that only
looked at the result would favour it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from rewarm.corpus.tables.task_results import TaskResult
from rewarm.engine.progress import progress, update_of
from rewarm.evaluate.compare import tasks as comparison
from rewarm.evaluate.compare.tasks import Scored
from rewarm.evaluate.score import kept, loaded_model, task_scores
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.score.task_scores import Scores
from rewarm.evaluate.tasks import prompt as prompts
from rewarm.evaluate.tasks.asked import Asked
from rewarm.evaluate.tasks.prompt import Form
from rewarm.evaluate.tasks.task_items import TaskItems

_SAMPLE = 100
# What the ability comes from, for advice on the anneal.
_NEEDS = {"gsm8k": "math"}


@dataclass(frozen=True)
class Candidate:
    """A model to evaluate. name: `base`, `result` or of a checkpoint; identity: changes with its weights."""

    name: str
    identity: str
    load: Callable[[], LoadedModel]


@dataclass(frozen=True)
class Measure:
    """A task that scores itself. key: changes with what is asked; score: of a model and its name; needs: kind
    of data that the ability comes from."""

    name: str
    key: str
    score: Callable[[LoadedModel, str], Scores]
    needs: str = ""


def candidate(name: str, folder: Path, device: str = "auto") -> Candidate:
    """A model in a folder."""
    return Candidate(name, loaded_model.identity(folder), lambda: loaded_model.load(folder, device))


def evaluate(
    models: Sequence[Candidate],
    tasks: Sequence[TaskItems],
    folder: Path,
    tell: Callable[[str], None] = lambda _: None,
    seed: int = 0,
    measures: Sequence[Measure] = (),
) -> list[TaskResult]:
    """Score all models on all tasks and compare the result with the base.

    models: base first, result last, checkpoints between them in order. folder: scores are kept in `scores/`.
    measures: tasks that score themselves.
    """
    for each in tasks:
        equal = [item.id for item in each.items if item.equal_options]
        if equal:
            named = ", ".join(equal[:3])
            note = f"{len(equal)} items have two equal options, scored as they are ({named})"
            tell(f"{each.task.name}: {note}")
    chosen = forms([models[0], models[-1]], tasks, folder / "scores", tell)
    scores: dict[tuple[str, str], Scores] = {}
    for model in models:
        with loaded_once(model) as load:
            for each, form in zip(tasks, chosen, strict=True):
                asked = each.asked(form)
                scores[model.name, each.task.name] = _scored(folder / "scores", model, load, each, asked)
            for measure in measures:
                scores[model.name, measure.name] = _measured(folder / "scores", model, load, measure)
    asked_for: list[tuple[str, str, bool, str]] = [
        (each.task.name, form, each.domain, each.task.needs or _NEEDS.get(each.task.format, ""))
        for each, form in zip(tasks, chosen, strict=True)
    ]
    asked_for += [(measure.name, "own", False, measure.needs) for measure in measures]
    first, *between, last = (model.name for model in models)
    return comparison.compare(
        [
            Scored(
                name,
                form,
                scores[first, name].table,
                scores[last, name].table,
                [scores[model, name].table for model in between],
                domain,
                needs,
                scores[last, name].cut,
            )
            for name, form, domain, needs in asked_for
        ],
        seed,
    )


def forms(
    models: Sequence[Candidate], tasks: Sequence[TaskItems], folder: Path, tell: Callable[[str], None]
) -> list[Form]:
    """The form of each task: its own, the only one that fits, or the better one for both models together."""
    fixed = [_only_form(each) for each in tasks]
    above: dict[tuple[str, Form], float] = {}
    if None in fixed:
        for model in models:
            with loaded_once(model) as load:
                for each, form in zip(tasks, fixed, strict=True):
                    for other in get_args(Form) if form is None else ():
                        asked = each.asked(other, _SAMPLE)
                        table = _scored(folder, model, load, each, asked).table
                        share = np.mean(table["correct"].to_pylist()) - np.mean(table["chance"].to_pylist())
                        key = each.task.name, other
                        above[key] = above.get(key, 0.0) + float(share)
    chosen: list[Form] = []
    for each, form in zip(tasks, fixed, strict=True):
        if form is None:
            name = each.task.name
            # A tie, as of two models at chance, goes to cloze, whose bits per byte can still be read.
            form = "letters" if above[name, "letters"] > above[name, "cloze"] else "cloze"
            tell(f"{name}: asked in {form} form, in which base and result together are further above chance")
        chosen.append(form)
    return chosen


def _only_form(each: TaskItems) -> Form | None:
    kinds = {item.kind for item in each.items}
    if kinds == {"open"} or kinds == {"blank"}:
        return "cloze"
    if "multiple" in kinds:
        return "letters"
    return None if each.task.form == "auto" else each.task.form


def _scored(
    folder: Path, model: Candidate, load: Callable[[], LoadedModel], each: TaskItems, asked: Asked
) -> Scores:
    def score() -> Scores:
        loaded = load()
        total = len(prompts.requests(asked.items, asked.prompt, asked.form))
        with progress(f"{model.name} {each.task.name}", total=total, unit="req") as bar:
            return task_scores.score(
                loaded.network, loaded.tokenizer, asked, progress=update_of(bar), method=loaded.method
            )

    return kept.scored(folder, each.task.name, kept.key_of(model.identity, asked), score)


def _measured(folder: Path, model: Candidate, load: Callable[[], LoadedModel], measure: Measure) -> Scores:
    key = kept.key_of(model.identity, measure.key)
    return kept.scored(folder, measure.name, key, lambda: measure.score(load(), model.name))


@contextmanager
def loaded_once(model: Candidate) -> Iterator[Callable[[], LoadedModel]]:
    """Load the model when it is first asked for: kept scores need none. It is released at the end."""
    held: list[LoadedModel] = []

    def load() -> LoadedModel:
        if not held:
            held.append(model.load())
        return held[0]

    yield load
    held.clear()
