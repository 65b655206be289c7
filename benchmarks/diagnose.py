"""`rewarm diagnose` on trained runs, one cause each: does it find the cause, and is it quiet on clean runs?

A Llama of 0.6 M weights is pre-trained here on English manuals, Chinese prose and code until its loss is
nearly flat. Each run continues it with `rewarm run` for 96 updates of 1,024 tokens. A clean run has a new
domain and 50 % of text as in the base's mix; every other run has one cause, planted in its texts or its
recipe. Seeds 0 to 4 have other corpora than seeds 5 to 9: the thresholds of the rules were set on the first
half, the confusion table of the second half is reported. Seeds 10 to 19 are clean runs only, five of each.

A run is right when the expected finding is there and no other warning or error is, apart from those that
the cause also explains (`diagnosing/causes.py` has both for every cause). That general text is forgotten is
true in a run with a cause if documents that the run never had are worse too (`diagnosing/fresh.py`).

    python benchmarks/diagnose.py --jobs 2                          # all: ten seeds of each cause
    python benchmarks/diagnose.py --seeds 0 5 --causes clean json   # some of them
    python benchmarks/diagnose.py --large --seeds 0 5               # continues SmolLM2-135M, on other corpora

What is done is kept in --work; a stopped benchmark resumes, and rules are read anew from runs that are kept.
"""

import argparse
import contextlib
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from diagnosing import bases, causes, fresh, scoring, texts
from diagnosing.bases import Base
from diagnosing.causes import CAUSES
from diagnosing.scoring import Scored
from support import result_table
from support.smoke import SMOKE, work_folder

PROJECT = Path(__file__).parent.parent
RIGHT, CLEAN = 0.9, 0.05
BASE_UPDATES = 4 if SMOKE else 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--seeds", type=int, nargs="+", help="last digit 0 to 4: setting half; from 10 on only clean runs"
    )
    parser.add_argument("--causes", nargs="+", choices=list(CAUSES), default=list(CAUSES))
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument(
        "--large", action="store_true", help="continue SmolLM2-135M: some 6 minutes a run on a core with AMX"
    )
    parser.add_argument("--work", type=Path, default=PROJECT / "runs/diagnose-bench", help="kept; resumes")
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    work = work_folder(arguments.work)
    if SMOKE:
        arguments.causes = ["clean", "frozen model"]
    seeds = arguments.seeds or ([0, 5] if SMOKE else list(range(20)))
    base = bases.LARGE if arguments.large else bases.SMALL
    work = (work / base.folder).resolve()
    print(f"work in {work}", flush=True)
    models = bases.prepare(base, work, BASE_UPDATES, "known" in arguments.causes)
    # Seed by seed and halves in turn, so that a stopped benchmark has all causes of some seeds.
    order = sorted(seeds, key=lambda seed: (seed // 10, seed % 5, seed))
    wanted = [(work, base, models, cause, seed)
              for seed in order for cause in arguments.causes if seed < 10 or cause == "clean"]  # fmt: skip
    scored = []
    with ProcessPoolExecutor(arguments.jobs, get_context("spawn")) as pool:
        for one in pool.map(_one, wanted) if arguments.jobs > 1 else map(_one, wanted):
            verdict = "right" if one.right else "missed" if one.missed else "false"
            print(f"{one.half:<10}{one.cause:<18}{one.seed:<3}{verdict:<7}", ", ".join(one.rules), flush=True)
            scored.append(one)
    (work / "scored.json").write_text(json.dumps([asdict(one) for one in scored], indent=1))
    for half in texts.HALVES:
        own = [one for one in scored if one.half == half]
        if own:
            print(f"\n{half} half\n", *scoring.confusion(own), sep="\n")
    seconds = [float(path.read_text()) for path in work.glob("seed-*/*/seconds")]
    print(f"\n{len(seconds)} runs, median {median(seconds):.0f} seconds of a run")
    result_table.table("diagnose", _rows([one for one in scored if one.half == "reporting"]))


def _one(asked: tuple[Path, Base, tuple[str, str], str, int]) -> Scored:
    """Train the run if it is not kept, and read it."""
    import rewarm
    from rewarm.diagnose.diagnosis import diagnose

    work, base, models, cause, seed = asked
    half = "setting" if seed % 10 < 5 else "reporting"
    own = base.halves[half]
    folder = work / f"seed-{seed}" / cause.replace(" ", "-").replace("'", "")
    if not (folder / "seconds").exists():
        started = time.time()
        recipe = causes.write(folder, base, models[cause == "known"], cause, own, seed)
        with (folder / "stderr.txt").open("w") as log, contextlib.redirect_stderr(log):
            try:
                rewarm.run(recipe, run_dir=folder / "run")
            except (
                rewarm.RewarmError
            ) as error:  # The guard may stop a run: it is diagnosed as far as it came.
                print(error, file=log)
        (folder / "seconds").write_text(f"{time.time() - started:.1f}")
    run, replayed = rewarm.Run(folder / "run"), causes.replay(cause, own)

    def forgotten(channel: str) -> bool:
        return channel in replayed and fresh.forgotten(folder, run, replayed[channel], channel.split()[1])

    return scoring.score(half, cause, seed, diagnose(run), forgotten)


def _rows(scored: list[Scored]) -> list[result_table.Row]:
    rows = []
    for cause in dict.fromkeys(one.cause for one in scored):
        own = [one for one in scored if one.cause == cause]
        if cause == "clean":
            share = sum(bool(one.false) for one in own) / len(own)
            rows.append(result_table.row("clean: runs with a warning", share, CLEAN, at_most=True))
        else:
            share = sum(one.right for one in own) / len(own)
            rows.append(result_table.row(f"{cause}: right, of {len(own)} runs", share, RIGHT))
    return rows


if __name__ == "__main__":
    main()
