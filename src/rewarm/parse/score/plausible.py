"""Whether letters look like language: character statistics of Latin script and of Chinese.

A text layer may be full of letters that are not those on the page: fonts without a Unicode table give a
cipher, a wrong one gives random Chinese. Every character is then readable by itself. In language letters
follow each other by habit, in a cipher they do not: the mean log-probability of a letter after the two
before it (27 symbols, counted on English) is about −2.1 in English, −3.1 in German, −3.6 in Polish, and
below −4.4 in a cipher or in random letters. Of Chinese characters in prose, more than nine in ten are among
the 3,000 most frequent, with their traditional forms; of random ones one in five is.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

LATIN = Path(__file__).with_name("latin_trigrams.bin")
HAN = Path(__file__).with_name("common_han.txt")

# Fewer letters than these tell nothing.
LEAST_LATIN, LEAST_HAN = 120, 60
# Mean log-probability, and share of frequent characters, below which text is worth nothing, and above which
# it is as good as can be told.
_LATIN_RANGE = (-4.35, -3.7)
_HAN_RANGE = (0.5, 0.8)
_KANA = 0.05


def latin(text: str) -> float | None:
    """Mean log-probability of Latin letters in nats; None where there are too few."""
    found = symbols(text)
    if (found > 0).sum() < LEAST_LATIN:
        return None
    first, second, third = found[:-2], found[1:-1], found[2:]
    inside = (third > 0) | (second > 0)
    return float(_trigrams()[first, second, third][inside].mean())


def han(text: str) -> float | None:
    """The share of Chinese characters that are frequent ones; None where there are too few."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    codes = codes[(codes >= 0x4E00) & (codes <= 0x9FFF)]
    return float(_frequent()[codes - 0x4E00].mean()) if len(codes) >= LEAST_HAN else None


def plausibility(text: str) -> float | None:
    """0..1, of the script that most of the text is in; None for other scripts and for short texts."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    lower = codes | 0x20
    script = {
        "latin": int(((lower >= 0x61) & (lower <= 0x7A)).sum()),
        "han": int(((codes >= 0x4E00) & (codes <= 0x9FFF)).sum()),
        "other": int(((codes >= 0x370) & (codes < 0x2000) | (codes >= 0xAC00) & (codes < 0xD7A4)).sum()),
    }
    kana = int(((codes >= 0x3040) & (codes <= 0x30FF)).sum())
    # Letters among Chinese are names and identifiers; Japanese uses other characters.
    most = max(script, key=lambda name: script[name])
    if most == "other" or kana > _KANA * script["han"]:
        return None
    value, (low, high) = (latin(text), _LATIN_RANGE) if most == "latin" else (han(text), _HAN_RANGE)
    return None if value is None else min(1.0, max(0.0, (value - low) / (high - low)))


def symbols(text: str) -> npt.NDArray[np.uint8]:
    """uint8: 1..26 for letters without case, 0 for anything else, never twice in a row."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32) | 0x20
    found = np.where((codes >= 0x61) & (codes <= 0x7A), codes - 0x60, 0).astype(np.uint8)
    if len(found) < 3:
        return np.zeros(3, np.uint8)
    keep = np.concatenate([[True], (found[1:] > 0) | (found[:-1] > 0)])
    return found[keep] if keep.sum() >= 3 else np.zeros(3, np.uint8)


@lru_cache(maxsize=1)
def _trigrams() -> npt.NDArray[np.float32]:
    table = np.frombuffer(LATIN.read_bytes(), np.uint8).reshape(27, 27, 27)
    return (table / -10).astype(np.float32)


@lru_cache(maxsize=1)
def _frequent() -> npt.NDArray[np.bool_]:
    found = np.zeros(0x9FFF - 0x4E00 + 1, bool)
    found[[ord(letter) - 0x4E00 for letter in HAN.read_text(encoding="utf-8").strip()]] = True
    return found
