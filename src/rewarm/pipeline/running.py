"""Runs the steps of a recipe; each lives under a key of what it depends on.

The key is a hash of the content of the tables that the step reads, its configuration, its code and the
versions of the libraries that it names. A step whose key stands in the store is not run; one that changed but
gives the same tables stops the change there.
"""

import hashlib
import importlib
import json
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rewarm.corpus.tables.manifest import NAME as MANIFEST
from rewarm.engine import quarantine
from rewarm.engine.interface import LOCAL, Engine
from rewarm.engine.publish import publishing, writing
from rewarm.engine.step import Table
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.model.base import Base
from rewarm.pipeline import changes, earlier_training, import_closure, training_records
from rewarm.pipeline.at_blocks import NOWHERE, AtBlocks
from rewarm.pipeline.earlier_training import Answer
from rewarm.pipeline.planning import Planned
from rewarm.pipeline.step_list import BASE
from rewarm.pipeline.training_records import Wanted
from rewarm.recipe.reading import flatten


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

    def line(self, variant: str = "") -> str:
        """Its counts and seconds, or why it did not run. variant: "" for a recipe without variants."""
        name = f"{variant}: {self.step} " if variant else f"{self.step} "
        counts = " · ".join(
            f"{count:,} {key.replace('_', ' ')}"
            for key, count in self.counts.items()
            if "." not in key and count
        )
        width = 24 if variant else 10
        if self.state == "ran":
            return f"{name:<{width}}{counts}   {self.seconds:.0f} s"
        return f"{name:<{width}}{self.state:<10}{self.why or counts}"

    def plain(self, variant: str) -> dict[str, Any]:
        """For `--json`."""
        return {
            **{key: getattr(self, key) for key in ("step", "state", "why", "counts", "quarantined")},
            "variant": variant,
            "seconds": round(self.seconds, 1),
            "folder": str(self.folder) if self.folder else None,
        }


def run(
    steps: list[Planned],
    store: Path,
    base: Callable[[], Base],
    previous: dict[str, str],
    engine: Engine = LOCAL,
    *,
    variant: str = "",
    answer: Answer = Answer.NONE,
    blocks: AtBlocks = NOWHERE,
    during: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> Iterator[Outcome]:
    """Run what is not done, in order; one outcome a step, as it ends.

    store: the folder of step directories; base: gives the model, downloading it when first asked;
    previous: directory names of the last run by step, to say what changed; engine: runs the shards;
    variant, answer: see `pipeline/earlier_training.py`; blocks: where training goes back to and stops;
    during: what is entered while a step works, by its name.
    Raises RewarmError when a step stands that lacks shards and `engine` would not have gone on, and
    AnswerNeeded before a training would leave the state of an earlier one behind.
    """
    folders: dict[str, Path] = {}
    for step in steps:
        key, parts = _key(step, folders, base)
        target = store / f"{step.name}-{key}"
        began = time.monotonic()
        why = ""
        if step.step.keeps_state and target.exists():
            blocks.refuse_finished(target)
        if not target.exists():
            inputs = {name: base().path if name == BASE else folders[name] for name in step.producers}
            wanted = Wanted(store, key, parts, inputs, variant)
            if step.step.keeps_state:
                why = earlier_training.settle(wanted, previous, answer, blocks.back)
                if why:
                    yield Outcome(step.name, "begins", why, wanted.partial, {}, 0.0)
            why = why or _why(step, parts, store, previous, target)
            with publishing(target) as partial:
                if step.step.keeps_state:
                    training_records.begin(partial, wanted)
                config = {**step.config, **step.aside, **(blocks.plain() if step.step.keeps_state else {})}
                work = Work(step.name, partial, config, _tables(step, inputs), engine)
                with during(step.name):
                    counts = _function(step)(work)
                _write_manifest(partial, step, key, parts, counts, time.monotonic() - began)
        folders[step.name] = target
        manifest = json.loads((target / MANIFEST).read_text())
        lost = manifest.get("quarantined", [])
        if lost and engine.on_failed_shard == "stop":
            raise RewarmError(
                f"{step.name}: stands without {len(lost)} shard{'s' * (len(lost) > 1)}, "
                f"first {lost[0]['shard']}: {lost[0]['reason']}.\nRemove {target} to try again, or set "
                "`engine: {on_failed_shard: quarantine}` to continue without it"
            )
        state = "ran" if why else "done"
        yield Outcome(step.name, state, why, target, manifest["counts"], time.monotonic() - began, lost)


def dry_run(
    steps: list[Planned],
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
        unknown = [name for name in step.producers if name != BASE and name not in folders]
        key, parts = _key(step, folders, base, without=unknown)
        target = store / f"{step.name}-{key}"
        if not unknown and target.exists():
            folders[step.name] = target
            yield Outcome(step.name, "done", "", target, {}, 0.0)
            continue
        told, stops = "", False
        if step.step.keeps_state:
            inputs = {name: base().path if name == BASE else folders[name] for name in step.producers
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
    step: Planned, folders: dict[str, Path], base: Callable[[], Base], without: Collection[str] = ()
) -> tuple[str, dict[str, Any]]:
    """The key and what it is made of: inputs (but not of the steps in `without`), config, code, libraries."""
    inputs = {
        read.name: base().identity if read.producer == BASE else _content(folders[read.producer], read.table)
        for read in step.reads
        if read.producer not in without
    }
    parts = {
        "inputs": dict(sorted(inputs.items())),
        "config": dict(sorted(flatten(step.config).items())),
        "code": import_closure.code(step.step.module),
        "libraries": {name: _version(name) for name in sorted(step.step.libraries)},
    }
    text = json.dumps([step.name, step.step.run, parts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16], parts


def _content(folder: Path, table: Table) -> str:
    return _content_of(json.loads((folder / MANIFEST).read_text())["files"], table)


def _content_of(files: dict[str, list[Any]], table: Table) -> str:
    return _hash({name: about for name, about in files.items() if table.has(name)})


def _hash(files: dict[str, list[Any]]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]


@cache
def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def _function(step: Planned) -> Callable[[Work], dict[str, int]]:
    module, function = step.step.run.split(":")
    found: Callable[[Work], dict[str, int]] = getattr(importlib.import_module(module), function)
    return found


def _tables(step: Planned, inputs: dict[str, Path]) -> dict[str, list[Path]]:
    """Name → where it lies, one path for each step that wrote it."""
    found: dict[str, list[Path]] = {}
    for read in step.reads:
        inside = "" if read.producer == BASE else read.table.path
        found.setdefault(read.table.name, []).append(inputs[read.producer] / inside)
    return found


def _write_manifest(
    folder: Path, step: Planned, key: str, parts: dict[str, Any], counts: dict[str, int], seconds: float
) -> None:
    files: dict[str, list[Any]] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith("_"):
            with path.open("rb") as file:
                files[name] = [path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()]
    lost = quarantine.rows(folder)
    manifest = {
        "step": step.name,
        "key": key,
        **parts,
        "counts": {**counts, "quarantined_shards": len(lost)} if lost else counts,
        "quarantined": lost,
        "seconds": round(seconds, 3),
        "content": _hash(files),
        "tables": {table.name: _content_of(files, table) for table in step.step.writes},
        "files": files,
    }
    with writing(folder / MANIFEST) as aside:
        aside.write_text(json.dumps(manifest, indent=1, ensure_ascii=False))


def _why(step: Planned, parts: dict[str, Any], store: Path, previous: dict[str, str], target: Path) -> str:
    if target.with_name(target.name + ".partial").exists():
        return "was interrupted: continues where it stopped"
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
