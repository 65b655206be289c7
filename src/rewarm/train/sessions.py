"""What each start of a training ran with, where the result depends on it in the last bits only.

Settings, libraries and machine that are not in the training's key may change between two starts. A line
in `_sessions.jsonl` says from which update on they were what.
"""

import json
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rewarm.train.distributed.ranks import Ranks

_LIBRARIES = ("rewarm", "torch", "transformers", "safetensors", "numpy")


def note(folder: Path, update: int, settings: dict[str, Any], ranks: Ranks) -> None:
    """Append a line: finished updates, the settings outside the key, versions, device and ranks."""
    row = {
        "update": update,
        "settings": settings,
        "versions": {name: found for name in _LIBRARIES if (found := _version(name))},
        "device": str(ranks.device),
        "ranks": ranks.world_size,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with (folder / "_sessions.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
