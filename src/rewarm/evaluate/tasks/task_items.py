"""Tasks with their items, read and checked before any model is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from rewarm.errors import RewarmError
from rewarm.evaluate.tasks import reading
from rewarm.evaluate.tasks.asked import Asked
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import CHINESE, ENGLISH, MOST_MULTIPLE, Form, Prompt
from rewarm.recipe.tasks import Task
from rewarm.statistics.outcome import LEARN


@dataclass(frozen=True)
class TaskItems:
    """A task with its checked items and few-shot examples."""

    task: Task
    items: list[Item]
    shots: list[Item]
    prompt: Prompt
    open: str

    @property
    def domain(self) -> bool:
        """Whether a gain on the task is learning: as it says, or as the labels of all its items do."""
        return self.task.domain or all(item.labels.get("task") == LEARN for item in self.items)

    def asked(self, form: Form, most: int | None = None) -> Asked:
        """The task in this form; most: only so many items."""
        task = self.task
        items = self.items if most is None else _sample(self.items, most)
        return Asked(items, self.prompt, form, self.shots, self.open, task.normalise, task.max_tokens)


def read(tasks: Sequence[Task]) -> list[TaskItems]:
    """Read and check every task. Raises RewarmError for two tasks of one name, and for wrong items."""
    names = [task.name for task in tasks]
    for name in names:
        if names.count(name) > 1:
            raise RewarmError(f"tasks: two are named {name!r}; give one of them another name")
    found = []
    for task in tasks:
        entry, items = reading.known(task), reading.read(task)
        several = [item.id for item in items if item.multiple and len(item.options) > MOST_MULTIPLE]
        if several:
            raise RewarmError(
                f"tasks.{task.name}: item {several[0]!r} has more than {MOST_MULTIPLE} options of which "
                "several may be right; leave it out, or split it"
            )
        prompt = _prompt_of(items) if task.format == "rewarm" else entry.prompt
        found.append(TaskItems(task, items, reading.shots(task), prompt, task.open or entry.open))
    return found


def _prompt_of(items: Sequence[Item]) -> Prompt:
    """Chinese words around Chinese questions."""
    text = "".join(item.question for item in items[:50])
    return CHINESE if sum("\u4e00" <= char <= "\u9fff" for char in text) > 0.2 * len(text) else ENGLISH


def _sample(items: list[Item], most: int) -> list[Item]:
    """About `most` items, spread evenly."""
    every = max(1, len(items) // most)
    return items[::every][:most]
