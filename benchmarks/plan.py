"""The plan: its formulas on published runs, and a probe's predictions against measurements here."""

import argparse

from planning import probe, published
from support import result_table

PARTS = {"published": published.rows, "probe": probe.rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    result_table.smoke_option(parser)
    parser.add_argument("--part", choices=PARTS, help="one part only")
    chosen = parser.parse_args().part
    rows = [row for name, part in PARTS.items() if chosen in (None, name) for row in part()]
    print("share by which what is computed differs from what is published or measured")
    result_table.table("plan", rows)


if __name__ == "__main__":
    main()
