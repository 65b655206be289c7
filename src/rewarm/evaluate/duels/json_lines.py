"""JSON lines that users write: one object a line, faults with file, line, field, value and remedy."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line numbers and objects; empty lines are skipped. Raises RewarmError."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise RewarmError(f"{path}:{number}  is not JSON: {error}; one object a line") from None
                if not isinstance(row, dict):
                    raise RewarmError(f"{path}:{number}  is {type(row).__name__}; one object a line")
                yield number, _encodable(row) if "\\ud" in line.lower() else row
    except FileNotFoundError:
        raise RewarmError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise RewarmError(f"{path}: is a folder; give a file of JSON lines") from None
    except UnicodeDecodeError as error:
        raise RewarmError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None


def _encodable(row: dict[str, Any]) -> dict[str, Any]:
    """With `?` for halves of a surrogate pair, which JSON can name and UTF-8 cannot hold."""
    text = json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")
    cleaned: dict[str, Any] = json.loads(text)
    return cleaned


def identity(row: dict[str, Any], fields: tuple[str, ...], where: str) -> str:
    """The id of an object. fields: those that are read; one that is almost called so is refused, as `lables`.

    Raises RewarmError at `where`.
    """
    for name in sorted(row.keys() - set(fields)):
        if near := get_close_matches(name, fields, n=1, cutoff=0.8):
            raise RewarmError(f"{where}  {name}: no such field. Did you mean {near[0]}?")
    key = row.get("id")
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    if not isinstance(key, str) or not key:
        raise RewarmError(f"{where}  id: {short(key)} is no text; write a text")
    return key


def require_texts(values: dict[str, object], where: str) -> None:
    """Raise RewarmError where a value is no text. values: by the field's name."""
    for place, value in values.items():
        if not isinstance(value, str):
            remedy = (
                '"" for an empty answer, and no line for a missing one' if "answer" in place else "a text"
            )
            raise RewarmError(f"{where}  {place}: {short(value)} is no text; write {remedy}")


def short(value: object) -> str:
    """A value as an error shows it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
