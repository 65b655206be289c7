"""What a sample of documents is like: garbled, repeated, or strongly formatted."""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_CHARACTERS = 200_000
_SHORT = 8  # characters of a line that is not looked at, as `}` and `Chapter 2`
_COPY = 0.95  # of a document's text in lines of other documents, from which it is a copy
# What UTF-8 looks like when it was read as Latin-1 or Windows-1252.
_MOJIBAKE = re.compile("[ÃÂâäåæçèé][\u0080-\u00bf\u2018-\u203a€™œžŸ¡-¿]")
_MARKUP = re.compile(r"""[{}\[\]<>|"\\=;:#*`_]""")


@dataclass(frozen=True, slots=True)
class Texts:
    """Shares of 0 to 1. garbled: characters that no text has; compressed: size after zlib / size before, of
    UTF-8; copies: documents whose lines all occur in other documents too; framed: text in lines that a tenth
    of the documents or more share; markup: characters that are brackets, quotes and other signs of a format;
    documents: looked at; worst, copied: IDs of the most garbled, then most framed ones, and of copies."""

    documents: int
    garbled: float
    compressed: float
    copies: float
    framed: float
    markup: float
    worst: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()


def look(ids: Sequence[str], texts: Sequence[str]) -> Texts | None:
    """Measure a sample; None for none."""
    if not texts:
        return None
    whole = "\n".join(texts)[:_CHARACTERS]
    raw = whole.encode("utf-8", "replace")
    lines = Counter(line for text in texts for line in set(_lines(text)))
    shared = {line for line, count in lines.items() if count > 1}
    frame = {line for line, count in lines.items() if count >= max(3, len(texts) / 10)}
    framed = [_share_of(text, frame) for text in texts]
    whole_texts = Counter("\n".join(_lines(text)) for text in texts)
    copied = [row for row, text in enumerate(texts) if _is_copy(_lines(text), frame, shared, whole_texts)]
    garbled = [_garbled(text[:5000]) for text in texts]
    order = sorted(range(len(texts)), key=lambda row: (-garbled[row], -framed[row]))
    return Texts(
        documents=len(texts),
        garbled=_garbled(whole),
        compressed=len(zlib.compress(raw, 6)) / max(1, len(raw)),
        copies=len(copied) / len(texts),
        framed=sum(framed) / len(framed),
        markup=len(_MARKUP.findall(whole)) / max(1, len(whole)),
        worst=tuple(ids[row] for row in order[:3]),
        copied=tuple(ids[row] for row in copied[:3]),
    )


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if len(line) > _SHORT]


def _is_copy(lines: list[str], frame: set[str], shared: set[str], whole: Counter[str]) -> bool:
    """Whether a document has no text of its own: all of it but the frame occurs in other documents."""
    own = [line for line in lines if line not in frame]
    if not own:
        return bool(lines) and whole["\n".join(lines)] > 1
    return sum(len(line) for line in own if line in shared) >= _COPY * sum(map(len, own))


def _share_of(text: str, lines: set[str]) -> float:
    own = _lines(text)
    return sum(len(line) for line in own if line in lines) / max(1, sum(map(len, own)))


def _garbled(text: str) -> float:
    bad = sum(
        letter == "\ufffd"
        or (unicodedata.category(letter) in ("Co", "Cn", "Cc") and letter not in "\n\r\t\f")
        for letter in text
    )
    return (bad + 2 * len(_MOJIBAKE.findall(text))) / max(1, len(text))
