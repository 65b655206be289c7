"""Tasks of the evaluation: wrong items are found before the training, not after it."""

from collections.abc import Iterator

from rewarm.errors import RewarmError
from rewarm.evaluate.tasks import task_items
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """A task whose file is missing or has a wrong item; hub datasets are not fetched."""
    for index, task in enumerate(subject.recipe.evaluate.tasks):
        if task.path is None:
            continue
        try:
            task_items.read([task])
        except RewarmError as error:
            yield Finding(
                "error",
                "evaluate.tasks",
                subject.at("evaluate", "tasks", index, "path"),
                f"{error}.",
                "Correct the file, or remove the task.",
            )
