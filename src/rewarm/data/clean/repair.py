"""Unicode repair that mask spans follow: mojibake, line ends, controls, spaces at line ends.

ftfy takes some 20 microseconds per line and changes few lines. A line is given to it only if one
of its fixes applies: the line holds a character that a fix replaces or removes, it is not in NFC,
or ftfy's own pattern finds mojibake. Lines of ASCII, Chinese, kana, Hangul and their punctuation
are not even asked about: no fix applies to these characters, whatever their order.
"""

import re
import unicodedata
from itertools import pairwise

import ftfy
import numpy as np
from ftfy.badness import is_bad
from ftfy.chardata import CONTROL_CHARS, LIGATURES

from rewarm.corpus.tables.masks import Spans, chosen, moved
from rewarm.text.characters import codes

# Every match of ftfy's pattern for mojibake has a character that is not one of these.
_EAST_ASIAN = "\u3000-\u3029\u3030-\u3098\u309b-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\ufe30-\ufe4f\uff01-\uffee"
QUIET = f"\t\n -~·‘’“”–—…{_EAST_ASIAN}"
_ODD = re.compile(f"[^{QUIET}]")
_REPLACED = re.compile(
    f"[{re.escape(''.join(map(chr, [*CONTROL_CHARS, *LIGATURES])))}\r\x80-\x9f\u2028\u2029\ud800-\udfff]"
)
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
    """As ftfy mends the text, which is line by line."""
    if _ODD.search(text) is None:
        return text
    return "".join(
        _by_ftfy(line) if _ODD.search(line) and _may_change(line) else line for line in _LINE.findall(text)
    )


def _may_change(line: str) -> bool:
    return bool(_REPLACED.search(line)) or not unicodedata.is_normalized("NFC", line) or is_bad(line)


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
