"""What users build on: the Python API, the command line, the recipe's keys, the tables' columns.

    UPDATE_SURFACE=1 python -m pytest tests/test_public_surface.py

updates the file. A change needs a changelog entry; a renamed key, option or column breaks users.
"""

import os
from collections.abc import Iterator
from difflib import unified_diff
from inspect import getdoc, getmembers, isfunction, signature
from pathlib import Path
from typing import Any, get_args

import click
import pyarrow as pa
from pydantic import BaseModel

import rewarm
from rewarm.cli.main import cli
from rewarm.corpus.tables import channels, documents, incidents, ledger, metrics, run_record
from rewarm.evaluate.duels import verdicts
from rewarm.recipe import Recipe
from rewarm.recipe.duels import Duels
from rewarm.runs import curves, document_table, history
from rewarm.runs.run import Run

SURFACE = Path(__file__).with_name("public_surface.txt")


def api() -> Iterator[str]:
    for name in rewarm.__all__:
        found = getattr(rewarm, name)
        yield f"rewarm.{name}{signature(found) if isfunction(found) else ''}"
    yield f"rewarm.Run{signature(Run.__init__)}"
    for name, member in getmembers(Run):
        if not name.startswith("_"):
            yield f"rewarm.Run.{name}{signature(member) if isfunction(member) else ''}"
    for kind in (history.History, history.Decision, history.Use, history.TrainedOn, history.Part):
        yield f"{kind.__name__}: {', '.join(kind.__dataclass_fields__)}"


def commands() -> Iterator[str]:
    for name, command in sorted(cli.commands.items()):
        yield from _command(f"rewarm {name}", command)


def _command(name: str, command: click.Command) -> Iterator[str]:
    yield name
    for parameter in command.params:
        hidden = isinstance(parameter, click.Option) and parameter.hidden
        names = "/".join(parameter.opts)
        flag = isinstance(parameter, click.Option) and parameter.is_flag
        kind = "flag" if flag else parameter.type.name
        told = [kind, *(["required"] if parameter.required else []), *(["hidden"] if hidden else [])]
        yield f"  {names if names.startswith('-') else names.upper()}: {', '.join(told)}"
    if isinstance(command, click.Group):
        for part, inner in sorted(command.commands.items()):
            yield from _command(f"{name} {part}", inner)


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = list(_models(field.annotation))
        if not inner:
            yield f"{prefix}{name}"
        for part in inner:
            yield from keys(part, f"{prefix}{name}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def tables() -> Iterator[str]:
    schemas: dict[str, pa.Schema] = {
        "documents": documents.SCHEMA,
        "ledger": ledger.SCHEMA,
        **{f"train/metrics/{name}": schema for name, schema in metrics.SCHEMAS.items()},
        "duel/verdicts": verdicts.SCHEMA,
        "Run.channels": channels.SCHEMA,
        "Run.curves": curves.SCHEMA,
        "Run.documents": document_table.SCHEMA,
        "Run.incidents": incidents.SCHEMA,
    }
    for name, schema in schemas.items():
        yield f"{name}: {', '.join(f'{field.name} {field.type}' for field in schema)}"
    yield f"run.json format {run_record.FORMAT}: {', '.join(run_record.RunRecord.__dataclass_fields__)}"


def surface() -> str:
    parts = {
        "Python API": api(),
        "Command line": commands(),
        "Recipe": keys(Recipe),
        "Settings of `rewarm duel`": keys(Duels),
        "Tables": tables(),
    }
    text = "\n".join(line for title, lines in parts.items() for line in (f"# {title}", "", *lines, ""))
    return text.replace("pathlib._local.", "pathlib.")  # where Python 3.13 keeps it


def test_the_public_surface_is_as_it_was() -> None:
    found = surface()
    if os.environ.get("UPDATE_SURFACE"):
        SURFACE.write_text(found, encoding="utf-8")
    known = SURFACE.read_text(encoding="utf-8")
    changes = "\n".join(
        unified_diff(known.splitlines(), found.splitlines(), "before", "now", lineterm="", n=0)
    )
    assert not changes, f"{changes}\n\nIf this is meant:{__doc__ and __doc__.splitlines()[2]}"


def test_every_public_name_is_documented() -> None:
    page = (Path(__file__).parents[1] / "docs/api.md").read_text()
    for name in (*rewarm.__all__, "channels", "curves", "incidents", "documents", "explain", "update"):
        assert name in page
    for name, member in getmembers(Run):
        if not name.startswith("_"):
            assert getdoc(member), name
    for schema in (channels.SCHEMA, curves.SCHEMA, incidents.SCHEMA, document_table.SCHEMA):
        assert ", ".join(schema.names) in page
