"""The files of a checkpoint: names, checksums, and whether one is damaged."""

import hashlib
import json
from pathlib import Path
from typing import Any

from rewarm.train import removal


def newest_first(folder: Path) -> list[Path]:
    """The complete checkpoints `update-NNNNNN` in a folder."""
    if not folder.is_dir():
        return []
    complete = [
        path for path in folder.iterdir() if path.name.startswith("update-") and path.name[7:].isdigit()
    ]
    return sorted(complete, key=number, reverse=True)


def number(path: Path) -> int:
    """Finished updates of the checkpoint in this folder."""
    return int(path.name[7:])


def fault(folder: Path) -> str | None:
    """Why this checkpoint cannot be used; None when its checksums hold."""
    try:
        state = json.loads((folder / "state.json").read_text())
        # Checkpoints of earlier versions have none.
        if state.pop("sha256", None) not in (None, _digest(state)):
            return "state.json is damaged (its checksum differs)"
        for name, checksum in state["files"].items():
            if _sha256(folder / name) != checksum:
                return f"{name} is damaged (its checksum differs)"
    except (OSError, ValueError, KeyError) as error:
        missing = getattr(error, "filename", None)
        name = Path(missing).name if missing else "state.json"
        return f"{name} cannot be used ({error})"
    return None


def write_state(folder: Path, state: dict[str, Any]) -> None:
    """Write `state.json` with the checksums of the tensors' files, and its own."""
    checksums = {path.name: _sha256(path) for path in sorted(folder.glob("*.safetensors"))}
    state = {**state, "files": checksums}
    (folder / "state.json").write_text(json.dumps({**state, "sha256": _digest(state)}))


def _digest(state: dict[str, Any]) -> str:
    # As it is read back: JSON makes strings of keys, and their order another.
    plain = json.loads(json.dumps(state))
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def free(path: Path) -> Path:
    """`path`, or where that cannot be removed, the same with a number."""
    if removal.remove(path):
        return next(other for n in range(1000) if not (other := path.with_name(f"{path.name}.{n}")).exists())
    return path
