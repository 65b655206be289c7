"""Whether two commits of rewarm give the same results, value by value: for changes that must change none.

    python tools/behaviour                    HEAD~1 against the working tree
    python tools/behaviour --base v0.3        another commit against the working tree
    python tools/behaviour --recipe spike     one recipe of `recipes.py`; may be repeated
    python tools/behaviour --show 20          more differences of each table

Both sides run the recipes of this tree on one thread of this machine, with the libraries of the interpreter
that runs the script. Each side's run directory is read by the side's own `values.py`, which knows its layout
(the one here where the commit has none), into tables that name no key, folder, number of a file, time or
encoding. Exit code 0: equal; 1: not; 2: a side could not run.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import differences
import recipes

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
READER = "tools/behaviour/values.py"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--base", default="HEAD~1", help="the commit to compare with")
    options.add_argument("--recipe", action="append", choices=recipes.NAMES, help="default: all")
    options.add_argument("--show", type=int, default=5, help="differences shown a table")
    options.add_argument("--keep", type=Path, help="a folder for worlds, runs and tables, kept afterwards")
    given = options.parse_args()
    commit = _git("rev-parse", "--short", given.base)
    with tempfile.TemporaryDirectory() as folder:
        place = (given.keep or Path(folder)).resolve()
        place.mkdir(parents=True, exist_ok=True)
        base = place / "source"
        _git("worktree", "add", "--force", "--detach", str(base), commit)
        try:
            unlike = _compare(place, {commit: base, "this tree": ROOT}, given.recipe, given.show)
        finally:
            _git("worktree", "remove", "--force", str(base))
    print("the same results" if not unlike else f"{unlike:,} values differ")
    sys.exit(1 if unlike else 0)


def _compare(place: Path, sides: dict[str, Path], names: list[str] | None, show: int) -> int:
    """How many values differ, over all recipes; prints a line a table."""
    world = place / "world"
    recipes.build(world)
    unlike = 0
    for recipe in recipes.ordered(names):
        tables = [
            _values(source, world, place / f"side{number}", recipe)
            for number, source in enumerate(sides.values())
        ]
        if recipe.name in (names or recipes.NAMES):
            print(f"{recipe.name}: {' against '.join(sides)}")
            unlike += differences.show(*tables, show)
    return unlike


def _values(source: Path, world: Path, place: Path, recipe: recipes.Recipe) -> Path:
    """Run the recipe with the rewarm of `source`; the folder of its tables."""
    run, tables = place / recipe.name, place / f"{recipe.name}-values"
    environment = {
        **os.environ,
        "PYTHONPATH": str(source / "src"),
        "OMP_NUM_THREADS": "1",
        "REWARM_CACHE": str(world / "cache"),
    }
    # Both sides see the same path, as the recipe's own: what depends on it would differ otherwise.
    here = world / "here"
    here.unlink(missing_ok=True)
    place.mkdir(exist_ok=True)
    here.symlink_to(place)
    start = [sys.executable, "-m", "rewarm", "run", f"{recipe.name}.yaml", "--run-dir", f"here/{recipe.name}"]
    done = subprocess.run(start, cwd=world, env=environment, capture_output=True, text=True)
    if done.returncode not in recipe.codes:
        sys.exit(_said(2, f"{recipe.name}, {source}: exit code {done.returncode}\n{done.stderr[-3000:]}"))
    reader = source / READER if (source / READER).exists() else ROOT / READER
    read = [sys.executable, str(reader), str(run), str(tables)]
    done = subprocess.run(read, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(_said(2, f"{reader}: cannot read {run}\n{done.stderr[-3000:]}"))
    return tables


def _said(code: int, text: str) -> int:
    print(text, file=sys.stderr)
    return code


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
