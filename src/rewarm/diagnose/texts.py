"""What a sample of documents is like: garbled, repeated, or strongly formatted."""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_CHARACTERS = 200_000
# What UTF-8 looks like when it was read as Latin-1 or Windows-1252.
_MOJIBAKE = re.compile("[ÃÂâäåæçèé][\u0080-\u00bf\u2018-\u203a€™œžŸ¡-¿]")
_MARKUP = re.compile(r"""[{}\[\]<>|"\\=;:#*`_]""")


@dataclass(frozen=True, slots=True)
class Texts:
    """Shares of 0 to 1. garbled: characters that no text has; compressed: size after zlib / size before, of
    UTF-8; repeated: lines that stand in a tenth of the documents or more; markup: characters that are
    brackets, quotes and other signs of a format; documents: looked at; worst: IDs of the most garbled, or
    most repeated ones."""

    documents: int
    garbled: float
    compressed: float
    repeated: float
    markup: float
    worst: tuple[str, ...] = ()


def look(ids: Sequence[str], texts: Sequence[str]) -> Texts | None:
    """Measure a sample; None for none."""
    if not texts:
        return None
    whole = "\n".join(texts)[:_CHARACTERS]
    raw = whole.encode("utf-8", "replace")
    lines = Counter(
        line for text in texts for line in {one.strip() for one in text.splitlines()} if len(line) > 8
    )
    often = {line for line, count in lines.items() if count >= max(3, len(texts) / 10)}
    share = [_share_of(text, often) for text in texts]
    garbled = [_garbled(text[:5000]) for text in texts]
    order = sorted(range(len(texts)), key=lambda row: (-garbled[row], -share[row]))
    return Texts(
        len(texts),
        _garbled(whole),
        len(zlib.compress(raw, 6)) / max(1, len(raw)),
        sum(share) / len(share),
        len(_MARKUP.findall(whole)) / max(1, len(whole)),
        tuple(ids[row] for row in order[:3]),
    )


def _share_of(text: str, lines: set[str]) -> float:
    own = [line.strip() for line in text.splitlines() if line.strip()]
    return sum(len(line) for line in own if line in lines) / max(1, sum(len(line) for line in own))


def _garbled(text: str) -> float:
    bad = sum(
        letter == "\ufffd"
        or (unicodedata.category(letter) in ("Co", "Cn", "Cc") and letter not in "\n\r\t\f")
        for letter in text
    )
    return (bad + 2 * len(_MOJIBAKE.findall(text))) / max(1, len(text))
