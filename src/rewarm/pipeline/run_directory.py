"""A run from its recipe's file to its report: the directory, its lock and its record."""

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rewarm.corpus.tables import run_record
from rewarm.corpus.tables.run_record import RunRecord
from rewarm.data.collect import origins
from rewarm.engine.interface import Engine
from rewarm.engine.lock import locked
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.model import base
from rewarm.pipeline import (
    earlier_training,
    hub_push,
    hub_revision,
    model_release,
    preflight,
    running,
    start,
    step_list,
    training_records,
)
from rewarm.pipeline.at_blocks import NOWHERE, AtBlocks
from rewarm.pipeline.earlier_training import Answer
from rewarm.pipeline.finding_notices import FindingNotices
from rewarm.pipeline.planning import Planned, plan_steps
from rewarm.pipeline.recorded import recorded
from rewarm.pipeline.running import Outcome
from rewarm.recipe import Recipe, reading
from rewarm.runs.run import Run
from rewarm.train import removal

Tell = Callable[[str, Outcome], None]
_LIBRARIES = ("rewarm", "torch", "transformers", "tokenizers", "pyarrow", "numpy", "safetensors", "ftfy")


def run(
    path: Path,
    root: Path,
    tell: Tell,
    *,
    dry: bool = False,
    until: str | None = None,
    report: Callable[[list[preflight.Finding]], None] = lambda _: None,
    answer: Answer = Answer.NONE,
    blocks: AtBlocks = NOWHERE,
    overrides: Mapping[str, Any] | None = None,
    only: Collection[str] = (),
) -> list[Path]:
    """Run the recipe at `path`, every variant of it, in the run directory `root`.

    tell: called with the variant's name ("" without variants) and each outcome as it comes.
    until: the last step to run; none runs all, and only then a report is written.
    report: called with what preflight found, before anything else.
    answer: to the question what to do with an earlier training (`pipeline/earlier_training.py`).
    blocks: where training goes back to and stops.
    overrides: of the recipe's values (`recipe/reading.py`).
    only: names of the variants to run, all if empty. Other processes may run other variants meanwhile, so
    steps that several of them need should be done before.
    Returns the directories of the runs. Raises RewarmError when another process works in `root`, and
    preflight.Blocked when the run cannot succeed.
    """
    recipe = reading.load(path, overrides)
    variants = {name: model_release.dated(one, path.parent) for name, one in _chosen(recipe, only).items()}
    said: list[str] = []
    for found in preflight.findings(variants, path, root, until):
        report(found)
        said += [finding.line() for finding in found]
        blocked = any(finding.severity == "error" for finding in found)
        if blocked and not _up_to_date(variants, path, root, until):
            raise preflight.Blocked(found)
    if dry and (absent := _not_known(variants)):
        for name, variant in variants.items():
            for step in _until(plan_steps(variant, []), until):
                tell(name, Outcome(step.name, "may run", absent, None, {}, 0.0))
        return []
    variants = {name: hub_revision.pinned(one) for name, one in variants.items()}
    plans = {name: _plan(variant, path.parent, dry, until) for name, variant in variants.items()}
    size, why = reading.batch_size(recipe)
    if recipe.train.batch_tokens == "auto":
        print(f"batch     {size:,} tokens an update: {why}", file=sys.stderr)
    if dry:
        for name, (_, plan, model) in plans.items():
            previous = record(_folder(root, name)).steps
            for outcome in running.dry_run(
                plan, root / "steps", model, previous, variant=name, answer=answer
            ):
                tell(name, outcome)
        return []
    root.mkdir(parents=True, exist_ok=True)
    with _lock_variants(root, only) if only else _lock(root):
        folders = {}
        for name, (variant, plan, model) in plans.items():
            folders[name] = _folder(root, name)
            with recorded(folders[name], [step.name for step in plan], until, tell, said) as note:
                _run(variant, plan, model, path, root, folders[name], name, note, answer, blocks)
        if recipe.variants and until is None and not only:
            from rewarm.report import page

            page.render_comparison(root, {name: Run(folder) for name, folder in folders.items()})
    return list(folders.values())


def _up_to_date(variants: dict[str, Recipe], path: Path, root: Path, until: str | None) -> bool:
    """Whether everything was done before: then no GPU, disk or network is needed to say so."""
    if not all(record(_folder(root, name)).finished for name in variants):
        return False
    try:
        for name, recipe in variants.items():
            _, plan, model = _plan(recipe, path.parent, True, until)
            previous = record(_folder(root, name)).steps
            if any(one.state != "done" for one in running.dry_run(plan, root / "steps", model, previous)):
                return False
    except RewarmError:
        return False
    return True


def record(folder: Path) -> RunRecord:
    """The run's own record, run.json; an empty one when there is none. Raises RewarmError as its reader."""
    return run_record.read(folder / "run.json") or RunRecord()


def _chosen(recipe: Recipe, only: Collection[str]) -> dict[str, Recipe]:
    """The variants to run. Raises RewarmError for a name that is none of them."""
    for name in only:
        if name not in recipe.variants:
            known = ", ".join(recipe.variants) or "none: the recipe has no `variants`"
            raise RewarmError(f"--variant: {name!r} is not one of the variants ({known})")
    return {name: one for name, one in reading.variants(recipe).items() if not only or name in only}


def _folder(root: Path, variant: str) -> Path:
    return root / "variants" / variant if variant else root


def _not_known(variants: dict[str, Recipe]) -> str:
    """Why it is not known yet which steps are done, by the first source without a list of files, or ""."""
    for recipe in variants.values():
        for source in recipe.model_dump(mode="json")["sources"]:
            if source["hub"] and not origins.is_listed(source):
                return f"the files of the data set {source['hub']} are not listed yet"
            if source["url"] and not origins.is_listed(source):
                return f"{source['url']} is not downloaded yet"
    return ""


def _until(plan: list[Planned], until: str | None) -> list[Planned]:
    """The steps up to the one named. Raises RewarmError for a name that is no step."""
    names = [step.name for step in plan]
    if until is None:
        return plan
    count = step_list.until(names, until)
    if count is None:
        raise RewarmError(f"--until: {until!r} is not a step; steps are {', '.join(names)}")
    return plan[:count]


def _plan(
    recipe: Recipe, folder: Path, dry: bool, until: str | None
) -> tuple[Recipe, list[Planned], Callable[[], base.Base]]:
    files = [origins.fingerprint(source) for source in recipe.model_dump(mode="json")["sources"]]

    @cache
    def model() -> base.Base:
        return base.resolve(recipe.model, folder, fetch=not dry)

    state = start.find(recipe.start) if recipe.start else None
    start.check_vocabulary(recipe, state)

    def named(name: str) -> base.Base:
        return base.resolve(name, folder, fetch=not dry)

    plan = plan_steps(recipe, json.loads(json.dumps(files)), state, model=named)
    plan = _until(plan, until)
    return recipe, plan, model


def _run(
    recipe: Recipe,
    plan: list[Planned],
    model: Callable[[], base.Base],
    path: Path,
    root: Path,
    folder: Path,
    variant: str,
    tell: Tell,
    answer: Answer,
    blocks: AtBlocks,
) -> None:
    from rewarm.report import page

    began = time.monotonic()
    before = record(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with writing(folder / "recipe.yaml") as aside:
        aside.write_text(reading.dump(recipe), encoding="utf-8")
    done: dict[str, str] = {}
    ran = False
    now = RunRecord(
        name=recipe.name,
        variant=variant,
        recipe_file=str(path),
        started=_now(),
        versions={"python": platform.python_version(), **_versions()},
        hardware=_hardware(),
        revisions=hub_revision.commits(recipe),
    )
    engine = Engine(**recipe.engine.model_dump())
    known = before.steps
    notices = FindingNotices(folder, recipe.name, recipe.train.notify)
    for outcome in running.run(
        plan, root / "steps", model, known, engine, variant=variant, answer=answer, blocks=blocks,
        during=notices.during,
    ):  # fmt: skip
        assert outcome.folder is not None
        if outcome.step == "train":
            now = replace(
                now,
                continued=training_records.continued(outcome.folder),
                sessions=training_records.sessions(outcome.folder),
            )
        if outcome.state != "begins":
            done[outcome.step] = outcome.folder.name
            ran = ran or outcome.state == "ran"
        if outcome.state in ("begins", "ran"):
            run_record.write(folder / "run.json", replace(now, steps={**known, **done}))
        tell(variant, outcome)
    # A part of the run that was asked for forgets nothing of the rest.
    kept = known if "export" not in done else {}
    now = replace(now, steps={**kept, **done})
    if ran or not before.finished or before.steps != now.steps:
        seconds = round(time.monotonic() - began, 1)
        run_record.write(folder / "run.json", replace(now, finished=_now(), seconds=seconds))
    if "export" not in done:
        return
    _link(folder / "model", root / "steps" / done["export"] / "model")
    page.render(Run(folder))
    if ran:
        notices.at_end()
    if pushed := hub_push.after_run(Run(folder)):
        print(pushed, file=sys.stderr)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _link(link: Path, target: Path) -> None:
    aside = link.with_name("model.linking")
    aside.unlink(missing_ok=True)
    aside.symlink_to(os.path.relpath(target, link.parent))
    aside.replace(link)


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _hardware() -> dict[str, Any]:
    import psutil

    return {
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
    }


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    try:
        with locked(root / ".lock", wait=False):
            yield
    except BlockingIOError:
        raise RewarmError(f"{root}: another rewarm works in this run; wait for it or stop it") from None


@contextmanager
def _lock_variants(root: Path, names: Collection[str]) -> Iterator[None]:
    """Hold these variants alone, and the run together with processes that work in its other variants."""
    with ExitStack() as held:
        for path, shared in [(root, True), *((_folder(root, name), False) for name in sorted(names))]:
            try:
                held.enter_context(locked(path / ".lock", wait=False, shared=shared))
            except BlockingIOError:
                raise RewarmError(
                    f"{path}: another rewarm works in this run; wait for it or stop it"
                ) from None
        yield


@dataclass(frozen=True)
class Pruned:
    """A step's directory that no record names. bytes: of its files; kept: why it stays, "" for removed;
    failed: why it could not be removed."""

    folder: Path
    bytes: int
    kept: str = ""
    failed: str = ""


def prune(root: Path, *, dry: bool) -> list[Pruned]:
    """Remove what no record in `root` names, except for unfinished trainings. Takes the run's lock.

    Raises RewarmError for a folder that is no run.
    """
    if not (root / "run.json").exists() and not (root / "variants").is_dir():
        raise RewarmError(f"{root}: is not a run; give the folder with run.json")
    with _lock(root):
        folders = [root, *sorted((root / "variants").glob("*"))]
        records = [known for folder in folders if (known := run_record.read(folder / "run.json"))]
        used = {name for known in records for name in known.steps.values()}
        # What an interrupted run goes on from.
        under_way = any(not one.finished or "export" not in one.steps for one in records)
        needed = earlier_training.kept(root / "steps")
        given_up = earlier_training.given_up(root / "steps")
        found = []
        for path in sorted((root / "steps").iterdir()):
            interrupted = under_way and path.name.endswith(".partial") and path.name not in given_up
            if path.name in used or (interrupted and path.name not in needed):
                continue
            size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            why = needed.get(path.name, "")
            failed = "" if why or dry else removal.remove(path)
            found.append(Pruned(path, size, why, failed))
    return found
