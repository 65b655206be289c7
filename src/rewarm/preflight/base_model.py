"""The base model: there, complete, and of a kind that can be trained. Nothing is loaded."""

from collections.abc import Iterator
from pathlib import Path

from rewarm.errors import RewarmError
from rewarm.model import base, base_files
from rewarm.preflight.finding import Finding
from rewarm.preflight.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """Findings about `model`. A hub ID that is not in the cache is asked for by `remote`."""
    if not subject.needs_model:
        return
    model, where = subject.recipe.model, subject.at("model")
    try:
        folder = base.at_hand(model, subject.folder)
        if folder is not None:
            base_files.check(folder)
            return
        base.check_there(model, subject.folder)
    except (RewarmError, OSError) as error:
        yield Finding("error", "model", where, _text(error))


def _text(error: Exception) -> str:
    return str(error).removeprefix("model: ")


def tokenizer_file(subject: Subject) -> Path | None:
    """The base's tokenizer.json, where it is on this machine."""
    folder = base.at_hand(subject.recipe.model, subject.folder)
    found = folder / "tokenizer.json" if folder else None
    return found if found and found.is_file() else None
