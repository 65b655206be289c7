"""Prompts of a recipe: written there, or in a file."""

import json
from pathlib import Path

from rewarm.errors import RewarmError


def read(given: list[str] | Path) -> list[str]:
    """The prompts in their order: those given, or a line each of a text file, or the field `prompt` of each
    line of a `.jsonl` file. Empty lines are left out.

    Raises RewarmError for a file that cannot be read, that has none, or a line without prompt.
    """
    if isinstance(given, list):
        return given
    try:
        lines = given.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RewarmError(
            f"evaluate.prompts: {given} cannot be read as UTF-8 text ({error}); name a file with one prompt "
            "per line"
        ) from None
    found = [
        _of_record(line, given, number) if given.suffix == ".jsonl" else line
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]
    if not found:
        raise RewarmError(f"evaluate.prompts: {given} is empty; write one prompt per line")
    return found


def _of_record(line: str, path: Path, number: int) -> str:
    try:
        prompt = json.loads(line)["prompt"]
    except (ValueError, KeyError, TypeError):
        prompt = None
    if not isinstance(prompt, str) or not prompt:
        raise RewarmError(f'{path}:{number}  no text in the field `prompt`; write {{"prompt": "…"}}')
    return prompt
