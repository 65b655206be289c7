"""The reference page of the recipe: every key with its type, default and description."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from rewarm.recipe import Recipe
from rewarm.recipe.bench import Bench
from rewarm.recipe.duels import Duels
from rewarm.recipe.part import Effect

INTRODUCTION = """# Recipe

Every key of a recipe, from the code. `rewarm schema` prints the same as JSON Schema, with which editors
complete and check keys. Counts may be written as `40k`, `2M` or `1.5B`. A key that is not listed is an error.
Keys marked † never change what is trained: changing one does not start a training over.
"""
# Files of settings beside the recipe.
FURTHER: dict[str, tuple[str, type[BaseModel]]] = {
    "rewarm duel": ("duels.md", Duels),
    "rewarm bench build": ("bench-build.md", Bench),
}
_NAMES = {str: "text", int: "integer", float: "number", bool: "true or false", NoneType: "null", Any: "any",
          Path: "path"}  # fmt: skip
_BOUNDS = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"), ("min_length", "length ≥"),
           ("max_length", "length ≤"))  # fmt: skip


def page() -> str:
    """The page in Markdown."""
    return "\n".join([INTRODUCTION, *_section(Recipe, "", 1), *_further()]) + "\n"


def _further() -> Iterator[str]:
    for command, (page_of, model) in FURTHER.items():
        yield f"\n## Settings of `{command}`\n\nA file of its own; [{page_of}](../{page_of}) shows one.\n"
        yield from _section(model, "", 2, root=command.split()[1])


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel], str, str]]:
    """(dotted key, its model, the field's name, its description or ""), of all keys below `model`."""
    for name, field in model.model_fields.items():
        inner = list(_models(field.annotation))
        yield f"{prefix}{name}", model, name, _description(field, inner)
        for part in inner:
            yield from fields(part, f"{prefix}{name}{_item(field.annotation)}.")


def _section(model: type[BaseModel], path: str, depth: int, root: str = "") -> Iterator[str]:
    """Heading, text and table of a section, then of its parts. root: of a file other than the recipe."""
    if path:
        yield f"\n{'#' * min(depth, 4)} `{path}` {{#{_anchor(path)}}}\n"
        if model.__doc__:
            yield f"{_prose(model)}\n"
    yield "| key | type | default | |"
    yield "|---|---|---|---|"
    within = f"{path}." if path else f"{root}:" if root else ""
    inner = {name: list(_models(field.annotation)) for name, field in model.model_fields.items()}
    for name, field in model.model_fields.items():
        mark = " †" if any(isinstance(note, Effect) for note in field.metadata) else ""
        key = f"{within}{name}{_item(field.annotation)}"
        cells = (
            f"[`{name}`](#{_anchor(key)}){mark}"
            if inner[name]
            else f'<span id="{key}"></span>`{name}`{mark}',
            _type(field.annotation, field.metadata),
            _default(field, inner[name]),
            _description(field, inner[name]),
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    for name, parts in inner.items():
        for part in parts:
            item = _item(model.model_fields[name].annotation)
            yield from _section(part, f"{within}{name}{item}", depth + 1 if path else 2)


def _anchor(path: str) -> str:
    """The id of a section's heading; ids of single keys are their dotted paths."""
    return f"section-{re.sub(r'[^a-z0-9_]+', '-', path).strip('-')}"


def _description(field: FieldInfo, inner: list[type[BaseModel]]) -> str:
    """The field's own description, else the first sentence of its model's docstring."""
    if field.description:
        return _one_line(field.description)
    for part in inner:
        if part.__doc__:
            return re.split(r"(?<!al)(?<=\.)\s", _prose(part))[0]
    return ""


def _prose(model: type[BaseModel]) -> str:
    return _one_line(model.__doc__ or "")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _item(annotation: Any) -> str:
    """`[]` after a list of models, `.*` after a mapping to them."""
    for kind in (annotation, *get_args(annotation)):
        if any(_models(kind)):
            if get_origin(kind) is list:
                return "[]"
            if get_origin(kind) is dict:
                return ".*"
    return ""


def _type(annotation: Any, metadata: list[Any]) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0], [*metadata, *arguments[1:]])
    if origin in (Union, UnionType):
        shown = [_type(part, []) for part in arguments]
        return _bounded(" or ".join(dict.fromkeys(shown)), metadata)
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in arguments)
    if origin in (list, tuple, set):
        inner = dict.fromkeys(_type(part, []) for part in arguments if part is not Ellipsis)
        return f"list of {', '.join(inner)}"
    if origin is dict:
        return f"mapping to {_type(arguments[1], [])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    name = _NAMES.get(annotation) or getattr(annotation, "__name__", str(annotation)).lower()
    return _bounded(name, metadata)


def _bounded(name: str, metadata: list[Any]) -> str:
    limits = []
    for note in (part for entry in metadata for part in getattr(entry, "metadata", [entry])):
        limits += [
            f"{sign} {getattr(note, key)}" for key, sign in _BOUNDS if getattr(note, key, None) is not None
        ]
    return ", ".join([name, *limits])


def _default(field: FieldInfo, inner: list[type[BaseModel]]) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or (inner and isinstance(value, BaseModel)):
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:,}"
    return f"`{json.dumps(value, default=str, ensure_ascii=False)}`"


if __name__ == "__main__":
    sys.stdout.write(page())
