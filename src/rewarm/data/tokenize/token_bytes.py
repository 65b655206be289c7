"""How many UTF-8 bytes each token of a vocabulary stands for.

Bits per byte of a channel need the bytes of exactly the tokens that were scored, so a table by
token is kept. Byte-level BPE writes each byte as one letter of its own alphabet; SentencePiece
writes a space as ▁ and a raw byte as <0xAB>. Special tokens stand for no text.
"""

import re

import numpy as np

_RAW_BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")


def token_bytes(vocabulary: dict[str, int], special: set[int], size: int, *, byte_level: bool) -> np.ndarray:
    """uint16 [size]: bytes of each token id; 0 for special and unused ids.

    vocabulary: token → id; byte_level: the tokens are written in the byte alphabet of GPT-2.
    """
    table = np.zeros(size, dtype=np.uint16)
    for token, index in vocabulary.items():
        if index in special or index >= size:
            continue
        if byte_level:
            table[index] = len(token)
        elif _RAW_BYTE.fullmatch(token):
            table[index] = 1
        else:
            table[index] = len(token.replace("▁", " ").encode("utf-8", "replace"))
    return table
