"""Laws of the loss: on published runs, and on losses that each law made itself.

Published runs (RegMix, MultiPowerLaw) are read from the folder `laws` in REWARM_SHARED_DATA; without it only
the synthetic part runs, and nothing is downloaded. Peers: LightGBM with RegMix's settings.
"""

import argparse
import os
from pathlib import Path

from mixing import regmix, schedules, synthetic
from support import result_table

DRAWS, SMOKE_DRAWS = 200, 2
LEAST, MOST = 0.85, 0.95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    result_table.smoke_option(parser)
    smoke = parser.parse_args().smoke
    rows = []
    shared = os.environ.get("REWARM_SHARED_DATA")
    folder = Path(shared) / "laws" if shared else None
    if folder is not None and folder.is_dir():
        rows += regmix.rows(folder / "regmix" / "data", smoke)
        rows += schedules.rows(folder / "multipowerlaw" / "loss_curve_repo", smoke)
    else:
        print("published runs: left out, REWARM_SHARED_DATA names no folder with laws/")
    for case in synthetic.cases():
        covered = synthetic.coverage(case, SMOKE_DRAWS if smoke else DRAWS)
        name = f"{case.name}: coverage of 90 % intervals"
        rows.append(result_table.row(f"{name}, at least", covered, LEAST))
        rows.append(result_table.row(f"{name}, at most", covered, MOST, at_most=True))
    result_table.table("laws", rows)


if __name__ == "__main__":
    main()
