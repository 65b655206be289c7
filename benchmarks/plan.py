"""The plan: its formulas on published runs, a probe's predictions against measurements here, and whether the
order of two bases by their loss holds after training (`--part ranking`, most of an hour, only by name)."""

import argparse

from planning import probe, published, ranking
from support import result_table
from support.smoke import SMOKE

PARTS = {"published": published.rows, "probe": probe.rows, "ranking": ranking.rows}
# Without --part.
QUICK = ("published", "probe")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    result_table.smoke_option(parser)
    parser.add_argument("--part", choices=PARTS, help="one part only")
    chosen = parser.parse_args().part
    parts = (chosen,) if chosen else tuple(PARTS) if SMOKE else QUICK
    rows = [row for name in parts for row in PARTS[name]()]
    if chosen != "ranking":
        print("share by which what is computed differs from what is published or measured")
    result_table.table("plan" if chosen != "ranking" else "plan-ranking", rows)


if __name__ == "__main__":
    main()
