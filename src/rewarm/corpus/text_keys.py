"""Keys of a text for comparing: the hash of its folded form, and the hashes of its 5-grams.

Each CJK character is a token of its own, since words of Chinese have no spaces; elsewhere a word
is. Hashes are the same on every machine and in every run.
"""

import hashlib
import re
import unicodedata
from zlib import crc32

import numpy as np

GRAM = 5
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_]+")
_MULTIPLIER = 0x9E3779B97F4A7C15


def text_hash(text: str) -> int:
    """64 bits of the text with case, width (NFKC) and spacing folded."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return int.from_bytes(hashlib.blake2b(folded.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def gram_hashes(text: str) -> np.ndarray:
    """uint64 [distinct 5-grams], sorted; a text of fewer tokens is one gram, an empty text none."""
    tokens = _TOKEN.findall(text.casefold())
    if not tokens:
        return np.empty(0, dtype=np.uint64)
    codes = np.fromiter((crc32(token.encode()) for token in tokens), dtype=np.uint64, count=len(tokens))
    size = min(GRAM, len(codes))
    grams = np.zeros(len(codes) - size + 1, dtype=np.uint64)
    for offset in range(size):
        grams = (grams ^ codes[offset : offset + len(grams)]) * np.uint64(_MULTIPLIER)
        grams ^= grams >> np.uint64(29)
    return np.unique(grams)
