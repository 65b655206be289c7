"""When a base model was released, as its own files say it: the evidence for `collect.since: auto`.

Read are the model card (README.md: its front matter, or a line such as `**Model Release Date:** July 23,
2024`), config.json and the metadata of the safetensors files. Times of files are no evidence: they say when
a copy was made.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rewarm.errors import RewarmError
from rewarm.model import safetensors_header
from rewarm.text import dates

_KEYS = ("release_date", "released", "model_release_date", "date_released", "release-date")
_FRONT = re.compile(r"\A\ufeff?---\r?\n(.*?)\r?\n---", re.S)
_LINE = re.compile(
    r"^[\s>#*_|-]*(?:model\s+)?(?:release\s+date|released(?:\s+on)?|发布日期|发布时间)[\s*_|]*[:：|][\s*_|]*(.{4,60}?)[\s*_|.]*$",
    re.I | re.M,
)
_HEAD = 2**20


@dataclass(frozen=True, slots=True)
class Release:
    """date: as `text.dates.iso` gives it; origin: the file and key that say so."""

    date: str
    origin: str


def find(folder: Path) -> Release | None:
    """The release of the model in a Hugging Face folder; None where nothing says it."""
    for origin, value in _said(folder):
        if found := dates.iso(value):
            return Release(found, origin)
    return None


def _said(folder: Path) -> Iterator[tuple[str, Any]]:
    card = _read(folder / "README.md")
    if front := _FRONT.match(card):
        yield from _of_keys("README.md", _yaml(front[1]))
    for line in _LINE.finditer(card):
        yield "README.md, release date", line[1]
    config = _json(_read(folder / "config.json"))
    yield from _of_keys("config.json", config)
    for path in sorted(folder.glob("*.safetensors")):
        yield from _of_keys(path.name, _metadata(path))


def _of_keys(file: str, values: object) -> Iterator[tuple[str, Any]]:
    if isinstance(values, dict):
        for key in _KEYS:
            if key in values:
                yield f"{file}, {key}", values[key]


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return ""


def _yaml(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return None


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _metadata(path: Path) -> object:
    try:
        return safetensors_header.metadata(path)
    except (RewarmError, OSError):  # a damaged file is reported where the model is loaded
        return None
