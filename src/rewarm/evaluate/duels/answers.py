"""Reads answers from JSON lines, and matches those of several models by the prompt's id.

A line is `{"id", "prompt", "answer", "labels"?}` for one model, whose name is the file's, or
`{"id", "prompt", "answers": {MODEL: answer}, "labels"?}` for several; other fields are ignored. A prompt that
a model did not answer is counted, and an answer that is empty stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.evaluate.duels.json_lines import identity, require_texts, rows, short

_FIELDS = ("id", "prompt", "answer", "answers", "labels")


@dataclass(frozen=True)
class Item:
    """A prompt and the answers to it. answers: by model; labels: values by axis, as {"task": "law"}."""

    id: str
    prompt: str
    answers: dict[str, str]
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Matched:
    """items: prompts that at least two models answered, by id; models: in the order given; missing: ids of
    prompts that a model did not answer, by model; given: number of different prompts."""

    items: list[Item]
    models: list[str]
    missing: dict[str, list[str]]
    given: int


def read(files: Iterable[tuple[str, Path]]) -> Matched:
    """Answers of all files, matched by id. files: the model's name, "" for the file's own, and path.

    Raises RewarmError for a line that is not as above, an id given twice or with different prompts or labels,
    a model named twice, fewer than two models, and no prompt in common.
    """
    items: dict[str, Item] = {}
    models: dict[str, Path] = {}
    for name, path in files:
        seen: set[str] = set()
        own: dict[str, None] = {}
        for number, row in rows(path):
            item = _item(row, name or path.stem, path, number)
            if item.id in seen:
                raise RewarmError(f"{path}:{number}  id: {item.id!r} is given twice; keep one line a prompt")
            seen.add(item.id)
            own |= dict.fromkeys(item.answers)
            if twice := own.keys() & models.keys():
                raise RewarmError(
                    f"{path}: has answers of {min(twice)!r}, as {models[min(twice)]} has; tell models apart "
                    "with NAME=FILE"
                )
            _put(items, item, path, number)
        if not own:
            raise RewarmError(f"{path}: has no answers")
        models |= dict.fromkeys(own, path)
    if len(models) < 2:
        raise RewarmError(
            f"answers: of one model only, {', '.join(models) or 'none'}; a comparison needs two files, or "
            "lines with `answers` of two models"
        )
    common = sorted((item for item in items.values() if len(item.answers) > 1), key=lambda item: item.id)
    if not common:
        told = ", ".join(f"{name}: {path}" for name, path in models.items())
        raise RewarmError(f"answers: no id occurs with two models ({told}); answers are matched by `id`")
    missing = {model: [item.id for item in items.values() if model not in item.answers] for model in models}
    return Matched(common, list(models), missing, len(items))


def _put(items: dict[str, Item], item: Item, path: Path, number: int) -> None:
    known = items.get(item.id)
    if known is None:
        items[item.id] = item
        return
    if known.prompt != item.prompt:
        raise RewarmError(
            f"{path}:{number}  prompt: of id {item.id!r} differs from the one read before "
            f"({short(known.prompt)} and {short(item.prompt)}); an id must name one prompt"
        )
    for axis, value in item.labels.items():
        if known.labels.get(axis, value) != value:
            raise RewarmError(
                f"{path}:{number}  labels.{axis}: {value!r} for id {item.id!r}, which was "
                f"{known.labels[axis]!r} before; an id must have one"
            )
    items[item.id] = Item(
        item.id, item.prompt, {**known.answers, **item.answers}, {**known.labels, **item.labels}
    )


def _item(row: dict[str, Any], name: str, path: Path, number: int) -> Item:
    where = f"{path}:{number}"
    key = identity(row, _FIELDS, where)
    if ("answer" in row) == ("answers" in row):
        raise RewarmError(f"{where}  answer: give either `answer` or `answers`; seen {', '.join(row)}")
    texts: dict[str, object] = {"prompt": row.get("prompt")}
    labels = row.get("labels") or {}
    for part, values in (("answers", row.get("answers", {})), ("labels", labels)):
        if not isinstance(values, dict):
            raise RewarmError(f"{where}  {part}: {short(values)} is no mapping; write {{NAME: text}}")
        texts |= {f"{part}.{inner}": value for inner, value in values.items()}
    if "answer" in row:
        texts["answer"] = row["answer"]
    require_texts(texts, where)
    answers = row["answers"] if "answers" in row else {name: row["answer"]}
    return Item(key, str(row["prompt"]), dict(answers), dict(labels))
