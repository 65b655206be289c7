"""A pilot study on real text: Chinese statutes to learn, English manuals to keep, two learning rates.

`rewarm mix pilot` designs five mixes, trains them at both rates with one repeated run each, fits laws,
advises a share, writes its forecast down, and trains that mix. Then it trains the same mixes as LoRA pilots
and measures them as merged component models, to compare how the cheaper levels rank them. Bars: every loss of
the advised mix lies inside its 90 % interval, and the interval is at most a quarter of the loss's range over
mixes. The base is a model of 1.2M parameters that is pre-trained first; `--large` takes SmolLM2-135M.

The study is kept and resumes. `--plots FOLDER` draws it; plots need matplotlib.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from piloting import recipe
from piloting.sizes import LARGE, RANGE, SMALL, SMOKE_SIZE, TOLERATE, Size
from support import result_table
from support.smoke import SMOKE, work_folder

PROJECT = Path(__file__).parent.parent
WIDTH = 0.25
LEVELS = ("merged",) if SMOKE else ("lora", "merged")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, default=PROJECT / "runs/pilots-bench", help="kept; resumes")
    parser.add_argument("--large", action="store_true", help="SmolLM2-135M: hours on two cores")
    parser.add_argument("--parallel", type=int, default=1, help="trainings at a time")
    parser.add_argument("--plots", type=Path, help="folder for plots, as docs/images")
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    size = SMOKE_SIZE if SMOKE else LARGE if arguments.large else SMALL
    work = work_folder(arguments.work)
    if arguments.large and not SMOKE:
        work = work.with_name("pilots-large")
    recipe.write(work, size)
    levels = {level: study(work, level, size, arguments.parallel) for level in LEVELS}
    # Last, because it compares with the results of the other levels.
    levels["full"] = study(work, "full", size, arguments.parallel)
    result_table.table("pilots", rows(levels["full"]))
    if arguments.plots:
        from piloting import plots

        plots.draw(work / recipe.STUDY, levels, arguments.plots)


def rows(full: dict[str, Any]) -> list[result_table.Row]:
    found = []
    for one in full["confirmed"]:
        name = f"advised mix, {one['loss']}"
        found.append(result_table.row(f"{name}: inside the 90 % interval", float(one["inside"]), 1))
        found.append(
            result_table.row(f"{name}: interval / range over mixes", one["width"], WIDTH, at_most=True)
        )
    for one in full["agreement"]:
        name = f"rank correlation with trained mixes, {one['loss']}, rate {one['rate']:g}"
        found.append(result_table.row(name, one["spearman"], peer=one["level"]))
    return found


def study(work: Path, level: str, size: Size, parallel: int) -> dict[str, Any]:
    """What `rewarm mix pilot --json` prints for a level, training what is missing."""
    command = [
        sys.executable, "-m", "rewarm", "mix", "pilot", "recipe.yaml", "--study", recipe.STUDY,
        "--level", level, "--tokens", str(size.tokens), "--points", str(size.points), "--rates", size.rates,
        "--range", RANGE, "--tolerate", str(TOLERATE), "--parallel", str(parallel), "--json",
    ]  # fmt: skip
    if level == "full" and not SMOKE:  # a base of two updates determines nothing that could be advised
        command.append("--confirm")
    if SMOKE:
        command += ["--form", "exponential"]
    done = subprocess.run(command, cwd=work, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
