"""The records beside a training's state, and what is done with them: begin, carry on, adopt, give up.

`_begun.json` holds what the training's key was made of, where it was begun, and every change that it was
continued with. The key in it decides: a directory with another name was left by a kill between the note
and the rename, and gets the name then.
"""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rewarm.corpus.tables.manifest import NAME as MANIFEST
from rewarm.engine.publish import writing

BEGUN = "_begun.json"
CONTINUED = "continued.json"
ENDED = "_ended.json"
GIVEN_UP = "_given_up.json"


@dataclass(frozen=True)
class Wanted:
    """The training that the recipe asks for: its key, what the key is made of (`_manifest.json`),
    the directories of its inputs by name, and the variant that it belongs to."""

    store: Path
    key: str
    parts: dict[str, Any]
    folders: dict[str, Path]
    variant: str

    @property
    def partial(self) -> Path:
        return self.store / f"train-{self.key}.partial"


@dataclass(frozen=True)
class Earlier:
    """An earlier training. begun: what it was begun with; done: finished updates that its state holds;
    total: of its plan, None where that is gone; seconds: of training, for a finished one."""

    folder: Path
    begun: dict[str, Any]
    done: int
    total: int | None
    finished: bool
    seconds: float = 0.0

    @property
    def where(self) -> str:
        if self.finished:
            return f"a finished training of {self.seconds / 3600:.1f} hours ({self.done:,} updates)"
        of = f" of {self.total:,}" if self.total else ""
        return f"an unfinished training at update {self.done:,}{of}"


def begin(partial: Path, wanted: Wanted) -> None:
    """Note in the training's directory what it is begun with."""
    known = read(partial / BEGUN)
    if not known:
        known = _begun(wanted, [])
        _write(partial / BEGUN, known)
    if known["continued"]:
        _write(partial / CONTINUED, known["continued"])
    # Its settings are wanted again.
    (partial / GIVEN_UP).unlink(missing_ok=True)


def continued(folder: Path) -> list[dict[str, Any]]:
    """The changes that a training was continued with: text, from, to, update, finished, changes, …"""
    found: list[dict[str, Any]] = read(folder / BEGUN).get("continued", [])
    return found


def sessions(folder: Path) -> list[dict[str, Any]]:
    """Every start of a training (`train/sessions.py`), whole lines only."""
    path = folder / "_sessions.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}\n")]


def record(found: Earlier, wanted: Wanted, told: list[str]) -> dict[str, Any]:
    """That a training goes on under other settings: plain values, for run.json, report and model card."""
    what = (
        "The finished training was kept" if found.finished else f"Training went on from update {found.done:,}"
    )
    return {
        "text": f"{what} under other settings, as asked (--continue). {'; '.join(told)}.",
        "from": found.begun["key"],
        "to": wanted.key,
        "update": found.done,
        "finished": found.finished,
        "changes": told,
        "rewarm": [found.begun.get("rewarm"), version("rewarm")],
        "when": _now(),
    }


def _begun(wanted: Wanted, history: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "key": wanted.key,
        "variant": wanted.variant,
        "rewarm": version("rewarm"),
        "folders": {name: folder.name for name, folder in wanted.folders.items()},
        **wanted.parts,
        "continued": history,
    }


def carry_on(found: Earlier, wanted: Wanted, change: dict[str, Any]) -> None:
    """Give the state to the wanted training. A kill in between is completed by the next run."""
    from rewarm.train.guard.decisions import Decisions

    shutil.rmtree(wanted.partial, ignore_errors=True)
    Decisions(found.folder / "decisions.json", writes=True).go_on()
    _write(found.folder / BEGUN, _begun(wanted, [*found.begun["continued"], change]))
    complete_renames(wanted.store)


def complete_renames(store: Path) -> None:
    """Give unfinished trainings the name of the key that they were last begun or continued under."""
    for folder in store.glob("train-*.partial"):
        key = read(folder / BEGUN).get("key")
        right = store / f"train-{key}.partial"
        if key and folder != right and not right.exists():
            folder.rename(right)


def give_up(found: Earlier, wanted: Wanted) -> None:
    """Leave an unfinished training to `prune`: the user has the wanted one begun anew."""
    if not found.finished:
        _write(found.folder / GIVEN_UP, {"for": wanted.key, "when": _now()})


def adopt(found: Earlier, wanted: Wanted, change: dict[str, Any]) -> None:
    """The finished training's files under the wanted key, linked where the disk can."""
    shutil.rmtree(wanted.partial, ignore_errors=True)
    # The note that training has ended comes last: a copy without it is made again.
    for path in sorted(found.folder.rglob("*"), key=lambda path: path.name == ENDED):
        if path.is_file() and path.name not in (MANIFEST, BEGUN, CONTINUED):
            target = wanted.partial / path.relative_to(found.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:
                shutil.copy2(path, target)
    _write(wanted.partial / BEGUN, _begun(wanted, [*continued(found.folder), change]))


def read(path: Path) -> dict[str, Any]:
    """A JSON object; an empty one when there is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _write(path: Path, value: object) -> None:
    with writing(path) as aside:
        aside.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
