"""The guard's proof on real text: no alarm without cause, every planted fault found and undone.

A Llama of 3 M parameters continues on Chinese, English, code and mathematics of real corpora
(`support/corpora.py`), 2 x 256 tokens an update, with the recipe's defaults. Clean runs
of 2,000 updates with three seeds count false alarms; the bar is none. Runs with planted faults must
name exactly the planted documents in the very update, and must end with weights that equal, bit for
bit, those of a run that never saw the bad sequences. Runs with a fault of the first updates or a slow one
(`guarding/early.py`) must report it in time, and stop or end no worse than the base.

    make bench NAME=guard            about half an hour on one core
    python benchmarks/guard.py --only faults --seeds 1
"""

import argparse
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from support import result_table
from support.smoke import SMOKE

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests/e2e"))

FAULTY_UPDATES = 110 if SMOKE else 560
# Steps of a clean run that hang on its length.
_LONGER = ("mix-*", "order-*", "pack-*", "train-*", "evaluate-*", "export-*")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="clean,faults,early")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=2000, help="of a clean run")
    parser.add_argument("--base", type=Path, help="keep the base model in this folder and use it again")
    result_table.smoke_option(parser)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child(json.loads(arguments.child))
        return
    if arguments.smoke:
        arguments.seeds, arguments.updates = 1, 30
    parts = arguments.only.split(",")
    if unknown := set(parts) - {"clean", "faults", "early"}:
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of clean, faults, early")
    rows: list[result_table.Row] = []
    with tempfile.TemporaryDirectory() as folder:
        base = (arguments.base or Path(folder) / "model").absolute()
        if not base.exists():
            _call(Path(folder), base=str(base), make=True)
        for seed in range(arguments.seeds):
            home = Path(folder) / str(seed)
            home.mkdir()
            if "clean" in parts:
                rows += _clean(home, base, seed, arguments.updates)
            if "faults" in parts:
                rows += _faults(home, base, seed)
            if "early" in parts:
                rows += _early(home, base, seed)
    result_table.table("guard", rows)


def _clean(home: Path, base: Path, seed: int, updates: int) -> list[result_table.Row]:
    began = time.monotonic()
    root = home / "clean"
    _call(home, base=str(base), seed=seed, updates=updates, root=str(root))
    found = json.loads((root / "found.json").read_text())
    for row in found:
        print(f"  {row['said']}", flush=True)
    seconds = time.monotonic() - began
    name = f"seed {seed}: false alarms in {updates:,} clean updates ({seconds:.0f} s)"
    return [_row(name, len(found), 0, at_most=True)]


def _faults(home: Path, base: Path, seed: int) -> list[result_table.Row]:
    """Prepare, plant, train; then train on the same blocks without the planted sequences."""
    from guarding import faults
    from transformers import AutoTokenizer

    root, twin = home / "faulty", home / "never-saw"
    if (home / "clean").exists():  # what is done of the data is done
        shutil.copytree(home / "clean", root, symlinks=True, ignore=shutil.ignore_patterns(*_LONGER))
    _call(home, base=str(base), seed=seed, updates=FAULTY_UPDATES, root=str(root), until="baseline")
    planted = faults.plant(root, AutoTokenizer.from_pretrained(base))
    shutil.copytree(root, twin, symlinks=True)
    gradients = {fault.updates[0]: fault.factor for fault in planted if not fault.documents}
    away = sorted({number for fault in planted for number in fault.sequences})
    _call(
        home,
        base=str(base),
        seed=seed,
        updates=FAULTY_UPDATES,
        root=str(root),
        gradients=list(gradients.items()),
    )
    _call(home, base=str(base), seed=seed, updates=FAULTY_UPDATES, root=str(twin), away=away)
    found = json.loads((root / "found.json").read_text())
    rows = []
    for fault in planted:
        mine = [row for row in found if row["update"] in fault.updates]
        named = {part["id"] for row in mine for part in row["documents"]}
        verdict = "data" if fault.documents else "chance or hardware"
        ok = (
            {row["update"] for row in mine} == set(fault.updates)
            and named == fault.documents
            and {row["verdict"] for row in mine} == {verdict}
        )
        kinds = sorted({alarm["kind"] for row in mine for alarm in row["alarms"]})
        name = f"seed {seed}: {fault.name} ({', '.join(kinds) or 'not found'})"
        rows.append(_row(name, float(ok), 1))
    known = {update for fault in planted for update in fault.updates}
    others = [row for row in found if row["update"] not in known]
    for row in others:
        print(f"  {row['said']}", flush=True)
    rows.append(_row(f"seed {seed}: other alarms in the faulty run", len(others), 0, at_most=True))
    same = _digest(root) == _digest(twin)
    met = len(json.loads((twin / "found.json").read_text()))
    rows.append(_row(f"seed {seed}: alarms of the run that never saw them", met, 0, at_most=True))
    rows.append(_row(f"seed {seed}: weights equal that run's, bit for bit", float(same), 1))
    return rows


def _early(home: Path, base: Path, seed: int) -> list[result_table.Row]:
    """Each fault in a run of its own, on the same data."""
    from guarding import early

    root = home / "early"
    if (home / "clean").exists():
        shutil.copytree(home / "clean", root, symlinks=True, ignore=shutil.ignore_patterns(*_LONGER))
    common = {"base": str(base), "seed": seed, "updates": early.UPDATES}
    _call(home, **common, root=str(root), until="baseline")
    rows = []
    for name, (start, most, _) in early.FAULTS.items():
        place = home / name.replace(" ", "-")
        shutil.copytree(root, place, symlinks=True)
        _call(home, **common, root=str(place), early=name, until="evaluate")
        found = json.loads((place / "found.json").read_text())
        first = found[0]["update"] - start if found else math.inf
        error = (place / "error.txt").read_text()
        kinds = sorted({alarm["kind"] for row in found[:4] for alarm in row["alarms"]})
        seen = f"{', '.join(kinds) or 'not found'}; {'stopped' if error else 'went on'}"
        rows.append(_row(f"seed {seed}: {name} ({seen}), updates until found", first, most, at_most=True))
        worse = not error and (place / "worse").exists()
        rows.append(_row(f"seed {seed}: {name}: ends worse than its base", float(worse), 0, at_most=True))
        shutil.rmtree(place)
    return rows


def _child(asked: dict[str, Any]) -> None:
    """One run in a process of its own, with what is planted in its gradients or kept from it."""
    import planted
    import pytest
    from guarding import early, world

    from rewarm.errors import RewarmError
    from rewarm.inspect import incidents
    from rewarm.pipeline import run_directory
    from rewarm.report import summary
    from rewarm.runs.run import Run

    home = Path(asked["home"])
    base = Path(asked["base"])
    if asked.get("make"):
        world.build_model(base)
        return
    root = Path(asked["root"])
    fault = asked.get("early")
    schedule = early.schedule(fault) if fault else {}
    recipe = world.write_recipe(home, base, asked["seed"], asked["updates"], schedule)
    error = ""
    with pytest.MonkeyPatch.context() as patch:
        if asked.get("gradients"):
            planted.break_gradients(
                patch, {int(update): float(factor) for update, factor in asked["gradients"]}, passes=1
            )
        if asked.get("away"):
            planted.known_from_the_start(patch, set(asked["away"]))
        if fault:
            early.disturb(patch, fault)
            if fault == "two tokens repeated":
                early.repeat_two_tokens(root)
        try:
            run_directory.run(recipe, root, lambda *_: None, until=asked.get("until", "train"))
        except RewarmError as stopped:
            if not fault:
                raise
            error = str(stopped)
    if fault:
        (root / "error.txt").write_text(error)
        if not error and summary.worse(Run(root)):
            (root / "worse").touch()
    if asked.get("until", "train") in ("train", "evaluate"):
        # The forgetting guard's looks are no alarms of this one.
        found = [
            row
            for row in incidents.incidents(Run(root))
            if not row["action"].startswith(("forgetting", "domain"))
        ]
        (root / "found.json").write_text(json.dumps(found, ensure_ascii=False))


def _call(home: Path, **asked: Any) -> None:
    asked = {**asked, "home": str(home)}
    log = home / "log.txt"
    with log.open("a") as file:
        done = subprocess.run(
            [sys.executable, __file__, "--child", json.dumps(asked)],
            stdout=file,
            stderr=file,
            env={**os.environ, "OMP_NUM_THREADS": "1", "REWARM_CACHE": str(home / "cache")},
        )
    if done.returncode:
        raise SystemExit(f"a run failed:\n{log.read_text()[-3000:]}")


def _digest(root: Path) -> str:
    (path,) = root.glob("steps/train-*/model/model.safetensors")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _row(name: str, value: float, bar: float, *, at_most: bool = False) -> result_table.Row:
    """One result, printed as it comes."""
    found = result_table.row(name, value, bar, at_most=at_most)
    print(f"  {name:<88}{value:>6g}", flush=True)
    return found


if __name__ == "__main__":
    main()
