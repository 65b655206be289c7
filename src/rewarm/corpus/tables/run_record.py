"""`run.json`: what a run directory is, and which steps it reached.

`pipeline/run_directory.py` writes it, `runs/` reads it. `format` numbers the layout of the whole run
directory; a directory of another format is refused rather than misread.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from rewarm.engine.publish import writing
from rewarm.errors import RewarmError

FORMAT = 4


@dataclass(frozen=True)
class RunRecord:
    """Times are ISO 8601 in UTC, `finished` and `seconds` are None while the run works; steps: name →
    directory name, in the order of the run; revisions: source → commit of its hub data set; continued,
    sessions: of its training, as docs/formats.md says."""

    format: int = FORMAT
    name: str = ""
    variant: str = ""
    recipe_file: str = "recipe.yaml"
    started: str | None = None
    finished: str | None = None
    seconds: float | None = None
    steps: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    hardware: dict[str, Any] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    continued: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)


def read(path: Path) -> RunRecord | None:
    """The record at `path`; None when there is none.

    Raises RewarmError for a file that is no record, and for another format.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise RewarmError(
            f"{path}: is not JSON ({error}). Remove it and run the recipe again: finished steps stay"
        ) from None
    seen = found.get("format") if isinstance(found, dict) else None
    if seen != FORMAT:
        raise RewarmError(
            f"{path}: format {'is missing' if seen is None else seen}; this version of rewarm reads format "
            f"{FORMAT}. Read the run with the version that wrote it, or run its recipe again in another "
            "directory (--run-dir)"
        )
    known = {one.name for one in fields(RunRecord)}
    return RunRecord(**{key: value for key, value in found.items() if key in known and value is not None})


def write(path: Path, record: RunRecord) -> None:
    """Replace the record at `path` as a whole."""
    with writing(path) as aside:
        aside.write_text(json.dumps(asdict(record), indent=1, ensure_ascii=False), encoding="utf-8")
