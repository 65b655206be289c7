"""Rules on one document: what they measure, and which one drops it.

The values are kept as attributes whether or not they drop, so that a threshold can be judged
without measuring again.
"""

import re
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import ftfy
import numpy as np

from rewarm.corpus.masks import Spans, moved

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。）】]{1,2048}", re.ASCII)
_COMMON = frozenset(".,;:!?'\"()-–—…%&/[]，。、；：？！（）《》「」『』“”‘’·【】〔〕％—")


@dataclass(frozen=True, slots=True)
class Attributes:
    """chars: length; ratios 0..1 of characters, of lines for repeated lines; quality 0..1, 1 is best."""

    chars: int
    symbol_ratio: float
    letter_ratio: float
    url_ratio: float
    repeated_line_ratio: float
    quality: float


def measure(text: str) -> Attributes:
    """The values of every rule. Linear in the text: no pattern backtracks."""
    chars = len(text)
    solid = letters = symbols = 0
    for letter in text:
        if letter.isspace():
            continue
        solid += 1
        if letter.isalpha():
            letters += 1
        elif not letter.isnumeric() and letter not in _COMMON:
            symbols += 1
    lines = [line for line in (line.strip() for line in text.splitlines()) if line]
    symbol_ratio = symbols / solid if solid else 0.0
    letter_ratio = letters / solid if solid else 0.0
    url_ratio = sum(map(len, _URL.findall(text))) / chars if chars else 0.0
    repeated = 1 - len(set(lines)) / len(lines) if lines else 0.0
    # Plain prose of some length comes first; a learned score replaces this where a recipe has one.
    quality = letter_ratio * (1 - symbol_ratio) * (1 - url_ratio) * (1 - repeated) * min(1.0, chars / 400)
    return Attributes(chars, symbol_ratio, letter_ratio, url_ratio, repeated, quality)


def broken_rule(measured: Attributes, config: dict[str, Any]) -> tuple[str, float, float] | None:
    """The first rule that the document breaks: (rule, value, threshold), or None."""
    values = asdict(measured)
    for rule, threshold in config.items():
        if rule.startswith("max_") and values[rule[4:]] > threshold:
            return rule, values[rule[4:]], threshold
        if rule.startswith("min_") and values[rule[4:]] < threshold:
            return rule, values[rule[4:]], threshold
    return None


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
    stays = _tidied(fixed)
    kept = np.zeros(len(fixed), dtype=bool)
    kept[stays] = True
    return "".join(fixed[at] for at in stays), moved(masked, kept)


def _mended(text: str) -> str:
    mended: str = ftfy.fix_text(text, uncurl_quotes=False, fix_character_width=False, unescape_html=False)
    return mended


def _tidied(text: str) -> list[int]:
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
