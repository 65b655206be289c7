"""`_manifest.json` of a step's directory: what its key was made of, and what it wrote."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

NAME = "_manifest.json"


@dataclass(frozen=True)
class Manifest:
    """inputs: `STEP/TABLE`, or `model` → its content; config: dotted key → value; code: file → hash;
    libraries: name → version; counts: by name; quarantined: the shards that the step went on without;
    content: hash of the files; tables: name → hash of its files."""

    step: str
    key: str = ""
    content: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    code: Any = None
    counts: dict[str, int] = field(default_factory=dict)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    seconds: float | None = None
    libraries: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)

    @property
    def producers(self) -> dict[str, dict[str, str]]:
        """Step → the tables that were read of it, each with its content."""
        found: dict[str, dict[str, str]] = {}
        for name, content in self.inputs.items():
            step, _, table = name.partition("/")
            found.setdefault(step, {})[table] = content
        return found


def read(folder: Path) -> Manifest:
    """The manifest of a step's directory. Raises FileNotFoundError when the step is not complete."""
    found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    known = {one.name for one in fields(Manifest)}
    return Manifest(**{key: value for key, value in found.items() if key in known})
