"""Text of PDFs: pages a CPU-second, and how near to what was typeset, beside other libraries.

The pages are typeset here by typst from known text (`tests/parse/made_pages.py`, `page_kinds.py`): one, two
and three columns, justified and ragged, English, German, Chinese, Arabic and Hebrew, headings, lists, tables,
footnotes, figures, formulas, code, running headers and page numbers. LaTeX, Texinfo and dblatex, where they
are installed, set more pages (`parsing/tex_pages.py`), whose scores are rows of their own.

The score is 1 − edit distance / longer length, without white space; furniture is no part of the text. Marks
of Markdown that a side writes (#, *, |) are taken out first. Speed and score come from the same reading of
the same files, one thread, one process a side. Bars: the best score of all, at 0.15 times the speed of
pypdfium2 alone or more.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parents[1] / "tests/parse"))
import made_pages
import page_kinds
from parsing import tex_pages
from parsing.side import SIDES
from support import result_table
from support.smoke import SMOKE

_LEAST_SPEED = 0.15
_NAMES = {"latex": "LaTeX", "texinfo": "Texinfo", "docbook": "DocBook"}
_SECONDS = 600


def made() -> dict[str, list[made_pages.Typeset]]:
    """The documents by what set them, each with the text that it was set from."""
    groups = {"": _set_by_typst()}
    if not SMOKE:
        for maker in tex_pages.makers():
            setter = maker.__name__.partition("_")[0]
            groups.setdefault(f" {_NAMES[setter]}", []).extend(maker(seed) for seed in (1, 2))
    return groups


def _set_by_typst() -> list[made_pages.Typeset]:
    small = [made_pages.one_column(), made_pages.chinese_page(columns=2)]
    if SMOKE:
        return small
    # A displayed formula is a marker in rewarm's text alone: pages of formulas would compare conventions.
    kinds = [kind for kind in page_kinds.KINDS if "equations" not in kind]
    return [
        *small, made_pages.two_columns(), made_pages.chinese_page(), made_pages.with_space_between(),
        made_pages.article(), made_pages.book(), made_pages.journal(), made_pages.columns_of(3),
        made_pages.columns_of(2, justify=False),
        *(page_kinds.make(kind, seed) for kind in kinds for seed in (1, 2)),
    ]  # fmt: skip


def read_by(side: str, files: list[Path]) -> tuple[float, dict[str, str]] | None:
    """CPU-seconds and texts by file name; None where the side fails altogether."""
    script = Path(__file__).parent / "parsing/side.py"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
    command = [sys.executable, str(script), side, *map(str, files)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=_SECONDS)
        told = json.loads(done.stdout.strip().splitlines()[-1])
    except (subprocess.TimeoutExpired, json.JSONDecodeError, IndexError):
        print(f"{side}: failed")
        return None
    if done.stderr.strip():
        print(f"{side}: {done.stderr.strip().splitlines()[-1]}")
    return float(told["seconds"]), dict(told["texts"])


def _unmarked(text: str) -> str:
    """Without marks of Markdown, for all sides alike."""
    return re.sub(r"[#*|`_]|-{3,}", "", text)


def pages_of(files: list[Path]) -> int:
    import pypdfium2

    return sum(len(pypdfium2.PdfDocument(path)) for path in files)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    result_table.smoke_option(parser)
    parser.parse_args()
    peers = [(name, "rewarm" if name == "rewarm" else name) for name in SIDES]
    groups = made()
    documents = [one for group in groups.values() for one in group]
    rows = []
    speed: dict[str, float] = {}
    scores: dict[str, dict[str, float]] = {group: {} for group in groups}
    with tempfile.TemporaryDirectory(prefix="bench-parse-") as folder:
        files = []
        for number, one in enumerate(documents):
            files.append(Path(folder, f"{number:02}-{one.name}.pdf"))
            files[-1].write_bytes(one.pdf)
        pages = pages_of(files)
        for side in result_table.installed(peers):
            found = read_by(side, files)
            if found is None:
                continue
            seconds, texts = found
            speed[side] = pages / max(seconds, 1e-9)
            one_by_one = iter(
                made_pages.accuracy(_unmarked(texts[path.name]), _unmarked(one.text))
                for path, one in zip(files, documents, strict=True)
            )
            for group, members in groups.items():
                scores[group][side] = mean(islice(one_by_one, len(members)))
    for group, score in scores.items():
        best = max((value for side, value in score.items() if side != "rewarm"), default=0.0)
        for side, value in score.items():
            bar, peer = (best, "") if side == "rewarm" else (None, side)
            rows.append(result_table.row(f"score{group}", value, bar, peer=peer))
    for side, value in speed.items():
        rows.append(result_table.row("pages a CPU-second", value, peer="" if side == "rewarm" else side))
    if {"rewarm", "pypdfium2"} <= speed.keys():
        ratio = speed["rewarm"] / speed["pypdfium2"]
        rows.append(result_table.row("speed against pypdfium2 alone", ratio, _LEAST_SPEED, peer="pypdfium2"))
    result_table.table("parse", rows)


if __name__ == "__main__":
    main()
