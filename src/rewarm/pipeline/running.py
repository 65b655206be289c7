"""Runs the steps of a recipe; each lives under a key of what it depends on.

The key is a hash of the inputs' content, the step's configuration and its code. A step whose key
stands in the store is not run; one that changed but gives the same content stops the change there.
"""

import hashlib
import importlib
import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rewarm.engine import quarantine
from rewarm.engine.interface import LOCAL, Engine
from rewarm.engine.publish import publishing, writing
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.model.base import Base
from rewarm.pipeline import changes, earlier_training, training_records
from rewarm.pipeline.earlier_training import Answer
from rewarm.pipeline.steps import Step
from rewarm.pipeline.training_records import Wanted
from rewarm.recipe.reading import flatten

MANIFEST = "_manifest.json"


@dataclass(frozen=True)
class Outcome:
    """What became of a step. state: done (stood already), begins (an earlier training goes on, or is given
    up: it comes before `ran`), ran, would run, may run, stops (the user has to answer); why: in words;
    quarantined: the shards that the step went on without (`engine/quarantine.py`)."""

    step: str
    state: str
    why: str
    folder: Path | None
    counts: dict[str, int]
    seconds: float
    quarantined: list[dict[str, Any]] = field(default_factory=list)


def run(
    steps: list[Step],
    store: Path,
    base: Callable[[], Base],
    previous: dict[str, str],
    engine: Engine = LOCAL,
    *,
    variant: str = "",
    answer: Answer = Answer.NONE,
) -> Iterator[Outcome]:
    """Run what is not done, in order; one outcome a step, as it ends.

    store: the folder of step directories; base: gives the model, downloading it when first asked;
    previous: directory names of the last run by step, to say what changed; engine: runs the shards;
    variant, answer: see `pipeline/earlier_training.py`.
    Raises RewarmError when a step stands that lacks shards and `engine` would not have gone on, and
    AnswerNeeded before a training would leave the state of an earlier one behind.
    """
    folders: dict[str, Path] = {}
    for step in steps:
        key, parts = _key(step, folders, base)
        target = store / f"{step.name}-{key}"
        began = time.monotonic()
        why = ""
        if not target.exists():
            inputs = {name: base().path if name == "model" else folders[name] for name in step.inputs}
            wanted = Wanted(store, key, parts, inputs, variant)
            if step.keeps_state:
                why = earlier_training.settle(wanted, previous, answer)
                if why:
                    yield Outcome(step.name, "begins", why, wanted.partial, {}, 0.0)
            why = why or _why(step, parts, store, previous, target)
            with publishing(target) as partial:
                if step.keeps_state:
                    training_records.begin(partial, wanted)
                counts = _call(step)(Work(step.name, partial, {**step.config, **step.aside}, inputs, engine))
                _write_manifest(partial, step, key, parts, counts, time.monotonic() - began)
        folders[step.name] = target
        manifest = json.loads((target / MANIFEST).read_text())
        lost = manifest.get("quarantined", [])
        if lost and engine.on_failed_shard == "stop":
            raise RewarmError(
                f"{step.name}: stands without {len(lost)} shard{'s' * (len(lost) > 1)}, "
                f"first {lost[0]['shard']}: {lost[0]['reason']}.\nRemove {target} to try again, or set "
                "`engine: {on_failed_shard: quarantine}` to go on without"
            )
        state = "ran" if why else "done"
        yield Outcome(step.name, state, why, target, manifest["counts"], time.monotonic() - began, lost)


def dry_run(
    steps: list[Step],
    store: Path,
    base: Callable[[], Base],
    previous: dict[str, str],
    *,
    variant: str = "",
    answer: Answer = Answer.NONE,
) -> Iterator[Outcome]:
    """Say what `run` would do, and why; writes nothing."""
    folders: dict[str, Path] = {}
    for step in steps:
        unknown = [name for name in step.inputs if name != "model" and name not in folders]
        key, parts = _key(step, folders, base, without=unknown)
        target = store / f"{step.name}-{key}"
        if not unknown and target.exists():
            folders[step.name] = target
            yield Outcome(step.name, "done", "", target, {}, 0.0)
            continue
        told, stops = "", False
        if step.keeps_state:
            inputs = {name: base().path if name == "model" else folders[name] for name in step.inputs
                      if name not in unknown}  # fmt: skip
            wanted = Wanted(store, key, parts, inputs, variant)
            told, stops = earlier_training.foretell(wanted, previous, answer)
        if unknown:
            why = f"{' and '.join(unknown)} would run first" + (f"; {told}" if told else "")
        else:
            why = told or _why(step, parts, store, previous, target)
        state = "stops" if stops else "may run" if unknown else "would run"
        yield Outcome(step.name, state, told if stops else why, None, {}, 0.0)


def _key(
    step: Step, folders: dict[str, Path], base: Callable[[], Base], without: Collection[str] = ()
) -> tuple[str, dict[str, Any]]:
    """The key and what it is made of: config, inputs (but not `without`), code."""
    inputs = {
        name: base().identity if name == "model" else _content(folders[name])
        for name in sorted(step.inputs)
        if name not in without
    }
    config = {name: value for name, value in sorted(flatten(step.config).items())}
    parts = {"inputs": inputs, "config": config, "code": _code(step.code, step.not_code)}
    text = json.dumps([step.name, parts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16], parts


def _content(folder: Path) -> str:
    return str(json.loads((folder / MANIFEST).read_text())["content"])


def _code(files: tuple[str, ...], but: tuple[str, ...] = ()) -> dict[str, str]:
    """File of rewarm → hash, for files and folders, without those in `but`."""
    root = Path(__file__).parents[1]
    found = {}
    for name in files:
        path = root / name
        # Lists and tables beside the code decide as much as it does.
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            inside = file.relative_to(root).as_posix()
            if any(inside == part or inside.startswith(f"{part}/") for part in but):
                continue
            if file.is_file() and "__pycache__" not in file.parts:
                found[inside] = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    return found


def _call(step: Step) -> Callable[[Work], dict[str, int]]:
    module, function = step.call.split(":")
    call: Callable[[Work], dict[str, int]] = getattr(importlib.import_module(module), function)
    return call


def _write_manifest(
    folder: Path, step: Step, key: str, parts: dict[str, Any], counts: dict[str, int], seconds: float
) -> None:
    files: dict[str, list[Any]] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith("_"):
            with path.open("rb") as file:
                files[name] = [path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()]
    content = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
    lost = quarantine.rows(folder)
    manifest = {
        "step": step.name,
        "key": key,
        **parts,
        "counts": {**counts, "quarantined_shards": len(lost)} if lost else counts,
        "quarantined": lost,
        "seconds": round(seconds, 3),
        "content": content,
        "files": files,
    }
    with writing(folder / MANIFEST) as aside:
        aside.write_text(json.dumps(manifest, indent=1, ensure_ascii=False))


def _why(step: Step, parts: dict[str, Any], store: Path, previous: dict[str, str], target: Path) -> str:
    if target.with_name(target.name + ".partial").exists():
        return "was interrupted: goes on where it stopped"
    before = _manifest(store / previous[step.name]) if step.name in previous else None
    if before is None:
        return "never run"
    return changes.between(before, parts).short() or "its output was removed"


def _manifest(folder: Path) -> dict[str, Any] | None:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return None
    return manifest
