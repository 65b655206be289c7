"""Unicode repair that mask spans follow: mojibake, line ends, controls, spaces at line ends."""

import re
from itertools import pairwise

import ftfy
import numpy as np

from rewarm.corpus.masks import Spans, moved


def repair(text: str) -> str:
    """Mend mojibake, line ends and control characters; spaces at line ends and runs of empty lines go.

    Quotes and full-width forms stay: ftfy's defaults would turn Chinese punctuation into ASCII.
    """
    lines = [line.rstrip() for line in _mended(text).replace("\0", "").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def repair_masked(text: str, spans: Spans) -> tuple[str, Spans]:
    """As `repair`, with mask spans that follow; what is masked is mended apart from what is not."""
    bounds = [0, *(edge for span in spans for edge in span), len(text)]
    pieces = [_mended(text[start:stop]) for start, stop in pairwise(bounds)]
    edges = np.cumsum([0, *map(len, pieces)]).tolist()
    masked = [(edges[at], edges[at + 1]) for at in range(1, len(pieces), 2)]
    fixed = "".join(pieces)
    stays = tidied(fixed)
    kept = np.zeros(len(fixed), dtype=bool)
    kept[stays] = True
    return "".join(fixed[at] for at in stays), moved(masked, kept)


def _mended(text: str) -> str:
    mended: str = ftfy.fix_text(text, uncurl_quotes=False, fix_character_width=False, unescape_html=False)
    return mended


def tidied(text: str) -> list[int]:
    """The characters that stay when `repair` takes spaces, NULs and empty lines out."""
    stays: list[int] = []
    start = 0
    for line in text.split("\n"):
        inside = [start + at for at, letter in enumerate(line) if letter != "\0"]
        bare = "".join(text[at] for at in inside).rstrip()
        stays += [*inside[: len(bare)], start + len(line)]
        start += len(line) + 1
    stays.pop()  # The last line has no end.
    joined = "".join(text[at] for at in stays)
    dropped = {at for run in re.finditer(r"\n{3,}", joined) for at in range(run.start() + 2, run.end())}
    first, last = len(joined) - len(joined.lstrip()), len(joined.rstrip())
    return [place for at, place in enumerate(stays) if first <= at < last and at not in dropped]
