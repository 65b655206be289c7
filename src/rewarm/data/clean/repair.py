"""Unicode repair that mask spans follow: mojibake, line ends, controls, spaces at line ends."""

import re
from itertools import pairwise

import ftfy
import numpy as np

from rewarm.corpus.characters import codes
from rewarm.corpus.masks import Spans, chosen, moved

_ODD = re.compile(r"[^\t\n -~]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def repair(text: str) -> str:
    """Mend mojibake, line ends and control characters; spaces at line ends and runs of empty lines go.

    Quotes and full-width forms stay: ftfy's defaults would turn Chinese punctuation into ASCII.
    """
    lines = [line.rstrip() for line in mended(text).replace("\0", "").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def repair_masked(text: str, spans: Spans) -> tuple[str, Spans]:
    """As `repair`, with mask spans that follow; what is masked is mended apart from what is not."""
    bounds = [0, *(edge for span in spans for edge in span), len(text)]
    pieces = [mended(text[start:stop]) for start, stop in pairwise(bounds)]
    edges = np.cumsum([0, *map(len, pieces)]).tolist()
    masked = [(edges[at], edges[at + 1]) for at in range(1, len(pieces), 2)]
    fixed = "".join(pieces)
    kept = tidied(fixed)
    return chosen(fixed, kept), moved(masked, kept)


def mended(text: str) -> str:
    """ftfy mends line by line, and nothing in one of plain ASCII, where it costs most of its time."""
    if _ODD.search(text) is None:
        return text
    return "".join(
        _by_ftfy(line) if _ODD.search(line) else line for line in (one[0] for one in _LINE.finditer(text))
    )


def _by_ftfy(text: str) -> str:
    found: str = ftfy.fix_text(text, uncurl_quotes=False, fix_character_width=False, unescape_html=False)
    return found


def tidied(text: str) -> np.ndarray:
    """bool [characters]: those that stay when `repair` takes spaces, NULs and empty lines out."""
    stays = np.ones(len(text), dtype=bool)
    if "\0" in text:
        stays = codes(text) != 0
        text = text.replace("\0", "")
    kept = np.zeros(len(text), dtype=bool)
    start = ends = 0
    for line in text.split("\n"):
        bare = len(line.rstrip())
        kept[start : start + bare] = True
        ends = 1 if bare else ends + 1
        start += len(line) + 1
        # The last line has no end: an empty slice.
        kept[start - 1 : start] = ends <= 2
    kept[: len(text) - len(text.lstrip())] = False
    kept[len(text.rstrip()) :] = False
    stays[stays] = kept
    return stays
