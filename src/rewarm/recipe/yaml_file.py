"""Reads a YAML file into a model of settings; faults become messages with file, line, field and remedy.

YAML's own nodes keep their line, so a path such as `stages[1].schedule.shape` finds its place.
Keys given twice are refused: YAML would silently keep the last.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rewarm.errors import RewarmError
from rewarm.recipe.part import Part

Place = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Lines:
    """Where the fields of a recipe stand in its file."""

    path: Path
    lines: dict[Place, int]

    def where(self, place: Place, variant: str = "") -> str:
        """`FILE:LINE  FIELD`: the variant's own line where it has one, else the recipe's."""
        own: Place = ("variants", variant, *place)
        if variant and own[:3] in self.lines:
            return f"{self.path}:{_nearest(own, self.lines)}  {_dotted(own)}"
        return f"{self.path}:{_nearest(place, self.lines) or 1}  {_dotted(place)}"


def read(
    path: Path, missing: str = "`rewarm init DIR` writes one"
) -> tuple[dict[str, Any], dict[Place, int]]:
    """The file's mapping, and the line of each field. missing: the remedy where there is no such file.

    Raises RewarmError for a file that is no YAML mapping, or gives a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RewarmError(f"{path}: no such recipe; {missing}") from None
    except IsADirectoryError:
        raise RewarmError(f"{path}: is a folder; give the recipe's file in it") from None
    except UnicodeDecodeError as error:
        raise RewarmError(f"{path}: byte {error.start} is not UTF-8; save the recipe as UTF-8") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        lines = dict(_lines(node, (), path)) if node else {}
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise RewarmError(f"{path}:{line}  not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:  # A control character, a date such as 2024-13-45.
        raise RewarmError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise RewarmError(f"{path}:1  a recipe is a mapping of keys; seen {type(data).__name__}")
    return data, lines


def _lines(node: yaml.Node, place: Place, path: Path) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise RewarmError(
                    f"{path}:{line}  {_dotted((*place, key.value))}: is already on line {seen[key.value]}; "
                    "keep one"
                )
            seen[key.value] = line
            yield (*place, key.value), line
            yield from _lines(value, (*place, key.value), path)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*place, index), item.start_mark.line + 1
            yield from _lines(item, (*place, index), path)


def check(
    model: type[Model],
    data: object,
    path: Path,
    lines: dict[Place, int],
    prefix: Place = (),
    renamed: Mapping[str, str] | None = None,
) -> Model:
    """The settings. prefix: where in the file `data` stands; renamed: former keys, and what each is called.

    Raises RewarmError with one line per fault.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        messages = [_message(fault, model, path, lines, prefix, renamed or {}) for fault in error.errors()]
        raise RewarmError("\n".join(dict.fromkeys(messages))) from None


def _message(
    fault: ErrorDetails,
    model: type[BaseModel],
    path: Path,
    lines: dict[Place, int],
    prefix: Place,
    names: Mapping[str, str],
) -> str:
    place: Place = tuple(part for part in fault["loc"] if not _is_tag(part))
    line = _nearest(prefix + place, lines) or _nearest(place, lines) or _nearest(prefix, lines) or 1
    where = f"{path}:{line}  {_dotted(prefix + place)}"
    kind, seen = fault["type"], fault.get("input")
    if kind == "extra_forbidden":
        if renamed := names.get(".".join(part for part in place if isinstance(part, str))):
            return f"{where}: was renamed to {renamed}"
        known = list(model_at(model, place[:-1]).model_fields)
        near = get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
        return f"{where}: no such key. {hint}"
    if kind == "literal_error":
        choices = [choice.strip(" '") for choice in fault["ctx"]["expected"].replace(" or ", ",").split(",")]
        near = get_close_matches(str(seen), choices, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        return f"{where}: {seen!r} is none of {', '.join(choices)}.{hint}"
    if kind == "missing":
        return f"{where}: is missing"
    message = fault["msg"].removeprefix("Value error, ")
    if isinstance(seen, str | int | float):
        message += f"; seen {seen!r}"
    return f"{where}: {message}" if place or prefix else f"{path}: {message}"


def _is_tag(part: int | str) -> bool:
    """What pydantic puts into a place that is not in the file: `[key]`, and the form of a share."""
    return isinstance(part, str) and part.startswith("[") and part.endswith("]")


def _nearest(place: Place, lines: dict[Place, int]) -> int | None:
    while place:
        if place in lines:
            return lines[place]
        place = place[:-1]
    return None


def _dotted(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def model_at(model: type[BaseModel], place: Place) -> type[BaseModel]:
    """The settings that stand at a place below `model`."""
    for part in place:
        # A key of a mapping is no field.
        if not isinstance(part, int) and part in model.model_fields:
            model = next(iter(_models(model.model_fields[part].annotation)), Part)
    return model


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
