"""A training of this run that was begun under other settings: never begun anew without being asked for.

A changed recipe, input or code gives the training another key, and with it another directory. If an
earlier one holds state worth keeping, the run stops before training and asks. `--continue` takes the
state along under the new key and records what changed; `--restart-training` trains from the start.

Worth keeping is every unfinished training with a checkpoint after its first update, and a finished
one that took an hour or longer. A shorter finished one is trained again without a question, since
changing a value and running again is how trials are made; its directory stays until `prune`.

State goes on only where it still has a meaning: the same base, the same trained parameters, and the
same sequences in every update done so far. Otherwise `--continue` is refused with the reason.
"""

from dataclasses import replace
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rewarm.corpus.tables.blocks import end_of, first_difference, spans, updates
from rewarm.corpus.tables.manifest import NAME as MANIFEST
from rewarm.errors import AnswerNeeded, RewarmError
from rewarm.pipeline import changes
from rewarm.pipeline.changes import Changes
from rewarm.pipeline.training_records import (
    BEGUN,
    ENDED,
    GIVEN_UP,
    Earlier,
    Wanted,
    adopt,
    carry_on,
    complete_renames,
    give_up,
    read,
    record,
)

ASKED_FROM_SECONDS = 3600

# Settings of a training under which another's state has no meaning, and why.
_DECIDES_STATE = {
    "start": "the training begins from another run's state",
    "train.batch_tokens": "updates then hold other sequences, and no update of the new plan begins where "
    "this one stopped",
    "train.freeze": "other parameters are trained than the checkpoint holds",
    "train.lora": "the checkpoint's adapters are of another form",
    "train.optimizer": "the optimizer's moments are of another form",
}


class Answer(Enum):
    """What the user says about an earlier training whose settings have changed."""

    NONE = "none"
    CONTINUE = "continue"
    RESTART = "restart"


def settle(wanted: Wanted, previous: dict[str, str], answer: Answer, back: int | None = None) -> str:
    """Act on an earlier training, before the wanted one begins; in words what was done, "" for nothing.

    previous: directory names of this run's steps, as its record has them; back: the block whose state
    training goes back to, so that later data may be other data.
    Raises AnswerNeeded where the user has to decide, RewarmError where the state cannot go on.
    """
    complete_renames(wanted.store)
    found = _asked_about(wanted, previous)
    if found is None:
        return ""
    found = _at_block(found, wanted, back)
    seen = changes.between(found.begun, wanted.parts)
    obstacle = _obstacle(found, wanted, seen)
    if answer is Answer.NONE:
        raise AnswerNeeded(_question(found, seen, obstacle))
    if answer is Answer.RESTART:
        give_up(found, wanted)
        kept = f"{found.folder.name} is kept until `rewarm prune`"
        return f"trained from the start as requested; {kept}. {seen.short()}"
    if obstacle:
        raise RewarmError(
            f"--continue: {found.folder.name} cannot continue: {obstacle}.\n{_otherwise(found)}"
        )
    change = record(found, wanted, _told(found, seen))
    if found.finished:
        adopt(found, wanted, change)
        return f"kept as requested: {found.folder.name}, unchanged. {seen.short()}"
    carry_on(found, wanted, change)
    return f"continues as requested from update {found.done:,} of {found.folder.name}. {seen.short()}"


def foretell(wanted: Wanted, previous: dict[str, str], answer: Answer) -> tuple[str, bool]:
    """What `settle` would say, and whether it would stop the run; writes nothing.

    Where inputs are missing in `wanted.parts` (their steps would run first), only what is certain stops.
    """
    found = _asked_about(wanted, previous)
    if found is None:
        return "", False
    seen = changes.between(found.begun, wanted.parts)
    known = wanted.parts["inputs"].keys() == found.begun["inputs"].keys()
    if not known and (not seen or _same_settings_elsewhere(wanted)):
        told = f"{found.where} is in {found.folder.name}: if its inputs change, the run stops and asks"
        return told, False
    obstacle = _obstacle(found, wanted, seen) if known else ""
    if answer is Answer.NONE:
        return _question(found, seen, obstacle), True
    if answer is Answer.CONTINUE and obstacle:
        return f"--continue: {found.folder.name} cannot continue: {obstacle}", True
    act = f"continue from update {found.done:,} of {found.folder.name}"
    return f"{'train from the start' if answer is Answer.RESTART else act}. {seen.short()}", False


def kept(store: Path) -> dict[str, str]:
    """Directories that unfinished trainings need, by name, and why: their own and their inputs'."""
    found: dict[str, str] = {}
    for folder in store.glob("train-*.partial"):
        done = _newest(folder)
        if not done or (folder / GIVEN_UP).exists():
            continue
        found[folder.name] = f"an unfinished training at update {done:,}"
        for name in read(folder / BEGUN).get("folders", {}).values():
            found.setdefault(name, f"an input of {folder.name}")
    return found


def given_up(store: Path) -> set[str]:
    """Directories of unfinished trainings that the user had begun anew."""
    return {path.parent.name for path in store.glob(f"train-*.partial/{GIVEN_UP}")}


def _asked_about(wanted: Wanted, previous: dict[str, str]) -> Earlier | None:
    """The earlier training whose state the wanted one would leave behind, if any."""
    if _newest(wanted.partial) or (wanted.partial / ENDED).exists():
        return None
    unfinished = [
        found
        for folder in wanted.store.glob("train-*.partial")
        if folder != wanted.partial and (found := _unfinished(folder, wanted, previous)) is not None
    ]
    if unfinished:
        return max(unfinished, key=lambda found: (found.folder / "checkpoints").stat().st_mtime_ns)
    folder = wanted.store / previous["train"] if "train" in previous else None
    manifest = read(folder / MANIFEST) if folder else {}
    if folder is None or not manifest:
        return None
    seconds = _seconds(folder)
    known = ("key", "config", "inputs", "code", "libraries")
    begun = read(folder / BEGUN) | {name: manifest[name] for name in known if name in manifest}
    done = int(manifest["counts"].get("updates", 0))
    found = Earlier(folder, begun, done, done, finished=True, seconds=seconds)
    return found if seconds >= ASKED_FROM_SECONDS else None


def _at_block(found: Earlier, wanted: Wanted, back: int | None) -> Earlier:
    """The earlier training as it was at the end of a block."""
    pack = wanted.store / found.begun.get("folders", {}).get("pack", "none")
    if back is None or found.finished or not pack.is_dir():
        return found
    known = spans(pack, found.begun["config"]["train.batch_tokens"])
    return replace(found, done=min(found.done, end_of(known, back, "--from-block").updates))


def _unfinished(folder: Path, wanted: Wanted, previous: dict[str, str]) -> Earlier | None:
    done = _newest(folder)
    if not done or (folder / GIVEN_UP).exists():
        return None
    begun = read(folder / BEGUN) or _unrecorded(folder, wanted, previous)
    if begun["variant"] != wanted.variant:
        return None
    pack = wanted.store / begun["folders"].get("pack", "none")
    total = len(updates(pack, begun["config"]["train.batch_tokens"])) if pack.is_dir() else None
    return Earlier(folder, begun, done, total, finished=False)


def _unrecorded(folder: Path, wanted: Wanted, previous: dict[str, str]) -> dict[str, Any]:
    """What is known of a training that a version without `_begun.json` began: not the recipe's values."""
    folders = {name: previous[name] for name in wanted.folders if name in previous}
    moved = {name for name, known in folders.items() if known != wanted.folders[name].name}
    inputs = wanted.parts["inputs"].items()
    return {
        "key": folder.name.removeprefix("train-").removesuffix(".partial"),
        "variant": "",
        "folders": folders,
        "config": wanted.parts["config"],
        "inputs": {name: None if name.partition("/")[0] in moved else value for name, value in inputs},
        "code": None,
        "libraries": wanted.parts["libraries"],
        "continued": [],
    }


def _newest(folder: Path) -> int:
    """Finished updates of the newest checkpoint; 0 for none."""
    names = (path.name[7:] for path in (folder / "checkpoints").glob("update-*"))
    return max((int(name) for name in names if name.isdigit()), default=0)


def _seconds(folder: Path) -> float:
    """How long a finished training took, without interruptions."""
    path = folder / "metrics/updates.parquet"
    return sum(pq.read_table(path, columns=["seconds"])["seconds"].to_pylist()) if path.exists() else 0.0


def _same_settings_elsewhere(wanted: Wanted) -> bool:
    """Whether some training had these settings, code and libraries, so that its key may be the wanted one."""
    known = [read(path) for path in wanted.store.glob("train-*/" + MANIFEST)]
    known += [read(path) for path in wanted.store.glob("train-*.partial/" + BEGUN)]
    return any(
        all(one.get(part) == wanted.parts[part] for part in ("config", "code", "libraries")) for one in known
    )


def _obstacle(found: Earlier, wanted: Wanted, seen: Changes) -> str:
    """Why the state cannot go on under the wanted settings; "" when it can."""
    for name, old, now in seen.config:
        for key, why in _DECIDES_STATE.items():
            if name == key or name.startswith(f"{key}."):
                return f"{name} changed ({old} → {now}): {why}"
    if "model" in seen.inputs:
        return "the base model changed: the state is another model's"
    if not {"pack", "tokenize", "mix"} & {name.partition("/")[0] for name in seen.inputs}:
        return ""
    names = found.begun.get("folders", {})
    earlier = {name: wanted.store / names.get(name, "none") for name in ("pack", "mix")}
    gone = [name for name, folder in earlier.items() if not folder.is_dir()]
    if gone:
        return f"the data changed, and the earlier {gone[0]} is gone, so that the order cannot be compared"
    leaves = [folder / "leaves.json" for folder in (earlier["mix"], wanted.folders["mix"])]
    if leaves[0].read_bytes() != leaves[1].read_bytes():
        return "sources or labels changed: the sums of the updates done so far belong to other leaves"
    at = first_difference(
        earlier["pack"], wanted.folders["pack"], wanted.parts["config"]["train.batch_tokens"], found.done
    )
    if at is not None:
        return (
            f"the data changed: update {at:,} would have other sequences, and {found.done:,} updates are "
            "done. A recipe with `start: {run: RUN, update: N}` continues from a state with other data"
        )
    return ""


def _question(found: Earlier, seen: Changes, obstacle: str) -> str:
    lines = [f"train: {found.where} is in {found.folder}, and its settings, data or code have changed:"]
    lines += [f"  {line}" for line in _told(found, seen)]
    if obstacle:
        lines.append(f"Its state cannot be used with these settings: {obstacle}.\nRun again with:")
    else:
        keep = (
            "keep its model as the result"
            if found.finished
            else f"continue from update {found.done:,} in the same data order; the changes hold from there on"
        )
        lines.append(f"Run again with one of:\n  --continue          {keep};")
        lines.append(f"{'':<22}they are recorded in run.json, the report and the model card")
    lines.append(
        "  --restart-training  train from the first update; the old state is kept until `rewarm prune`."
    )
    lines.append(_otherwise(found))
    return "\n".join(lines)


def _told(found: Earlier, seen: Changes) -> list[str]:
    """The changes a line each; of code also the versions."""
    lines = seen.lines()
    before, now = found.begun.get("rewarm"), version("rewarm")
    if seen.code and before and before != now:
        lines[-1] += f" (rewarm {before} → {now})"
    return lines


def _otherwise(found: Earlier) -> str:
    then = "is up to date again" if found.finished else f"continues from update {found.done:,}"
    return f"If you undo the changes, the same command {then}."
