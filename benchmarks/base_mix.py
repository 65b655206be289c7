"""Shares of what a base was trained on, inferred by `rewarm base-mix`, against known mixes.

merges  tokenizers trained on five known mixes of five kinds of text, from the order of their merges
losses  models trained on these mixes, from their losses on other documents and the first slopes

The estimates see other documents of the same kinds. Bars: mean absolute error of the shares at most .1, and
kinds whose shares are at least .05 apart in the right order.
"""

import argparse
from pathlib import Path

from base_mixing import losses, merges
from support import result_table
from support.smoke import SMOKE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--part", choices=("merges", "losses", "all"), default="all")
    parser.add_argument("--size", choices=sorted(losses.SIZES), help="of the models; default 1M")
    parser.add_argument("--full", action="store_true", help="models of 3 M weights")
    parser.add_argument("--updates", type=int, help="of the models' training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=result_table.FOLDER / "base_mix")
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    size = arguments.size or ("smoke" if SMOKE else "3M" if arguments.full else "1M")
    rows = []
    if arguments.part != "losses":
        rows += merges.run(arguments.seed)
    if arguments.part != "merges":
        rows += losses.run(arguments.work, size, arguments.seed, arguments.updates)
    result_table.table("base_mix" if arguments.part == "all" else f"base_mix_{arguments.part}", rows)


if __name__ == "__main__":
    main()
