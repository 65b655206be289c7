"""Which small faults in a module its tests notice.

    make mutants MODULE=train/guard            a folder of src/rewarm, or a file without .py
    python tools/mutants data/pack --sample 30

A seeded sample of the module's mutants (`mutations.py`) is tried with the tests that mirror the module, one
at a time. Prints a line for each mutant that survives, and a table of files. Survivors that are known to
change nothing are in docs/mutants.md. Exit code 1 when fewer than 90 % are killed.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mutations import Mutant, count, mutant
from trials import ROOT, Trials

SOURCES = ROOT / "src/rewarm"
TARGET = 0.9


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("module", help="folder or file below src/rewarm, as in train/guard")
    options.add_argument("--sample", type=int, default=100, help="most mutants of the module")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--tests", type=Path, nargs="+", help="default: those that mirror the module")
    given = options.parse_args()
    files = _files(given.module)
    tests = given.tests or _tests(given.module)
    everything = [(file, number) for file in files for number in range(count(file.read_text()))]
    sample = random.Random(given.seed).sample(everything, min(given.sample, len(everything)))
    chosen = [(file, mutant(file.read_text(), number)) for file, number in sorted(sample)]
    with tempfile.TemporaryDirectory() as folder:
        killed = _try(chosen, tests, Path(folder))
    tried = Counter(file for file, _ in chosen)
    for file in sorted(tried):
        print(f"{file.relative_to(SOURCES)!s:<40} {killed[file]:>4} of {tried[file]:>4} killed")
    share = killed.total() / max(1, len(chosen))
    print(f"{given.module}: {killed.total()} of {len(chosen)} killed ({share:.0%}), {len(everything)} exist")
    sys.exit(share < TARGET)


def _try(chosen: list[tuple[Path, Mutant]], tests: list[Path], folder: Path) -> Counter[Path]:
    """The number of mutants killed, by file."""
    trials = Trials(folder, tests)
    if not trials.warm_up(600):
        sys.exit("mutants: the tests fail without a mutant")
    killed: Counter[Path] = Counter()
    began = time.monotonic()
    first = chosen[0][0]
    if not trials.passes(first.relative_to(ROOT / "src"), first.read_text(), 600):
        sys.exit("mutants: the tests fail without a mutant in a forked process")
    limit = 5 + 4 * (time.monotonic() - began)
    for file, one in chosen:
        if trials.passes(file.relative_to(ROOT / "src"), one.source, limit):
            where = f"{file.relative_to(SOURCES)}:{one.line}"
            print(f"survived  {where}  {_short(one.before)}  →  {_short(one.after)}", flush=True)
        else:
            killed[file] += 1
    return killed


def _files(module: str) -> list[Path]:
    folder = SOURCES / module
    if folder.is_dir():
        return sorted(folder.glob("*.py"))
    return [folder.with_suffix(".py")]


def _tests(module: str) -> list[Path]:
    """The mirror of a folder, or of a file: its own test."""
    folder = ROOT / "tests" / module
    if folder.is_dir():
        return [folder]
    own = folder.with_name(f"test_{folder.name}.py")
    if own.exists():
        return [own]
    sys.exit(f"mutants: no tests mirror {module}; name some with --tests")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else line[:89] + "…"


if __name__ == "__main__":
    main()
