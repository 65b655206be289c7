"""Labels and scores: how well classifiers predict the labels of real corpora, and whether scores select.

`annotating/labels.py`: source, language and task of documents, held out, with calibration; the same from few
seeds; fastText as a peer where it is installed. `annotating/halves.py`: a small model is trained on the half
of a crawl that a score puts on top, and on a random half, with equal tokens; both are measured on held-out
text of the target. Models are trained here, in minutes; nothing is downloaded but the texts.
"""

import argparse

from annotating import halves, labels
from support import result_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--part", choices=["labels", "halves"], help="Only this part. Default: both.")
    parser.add_argument("--without-peers", action="store_true", help="Leave fastText out.")
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    part = arguments.part
    rows = labels.rows(peers=not arguments.without_peers) if part != "halves" else []
    rows += halves.rows() if part != "labels" else []
    result_table.table("annotate" if part is None else f"annotate-{part}", rows)


if __name__ == "__main__":
    main()
