"""What a character is to the tokens: decoding that takes any bytes, folding, and kinds."""

from typing import Any

import numpy as np

from rewarm.text.kernel import kernel

BAD = 0x110000
SPACE, SYMBOL, WORD, ALONE, NOTHING = 0, 1, 2, 3, 4


@kernel
def decoded(data: np.ndarray, place: int, end: int) -> tuple[int, int]:
    """The code point at `place` and its bytes; a byte that begins none counts as 0x110000 + byte."""
    byte: Any = np.int64(data[place])
    if 0xE1 <= byte <= 0xEC and place + 3 <= end:
        # Most of Chinese.
        second: Any = np.int64(data[place + 1])
        third: Any = np.int64(data[place + 2])
        if second & 0xC0 == 0x80 and third & 0xC0 == 0x80:
            return ((byte & 0x0F) << 12) | ((second & 0x3F) << 6) | (third & 0x3F), 3
    if 0xC2 <= byte <= 0xDF:
        length, code = 2, byte & 0x1F
    elif 0xE0 <= byte <= 0xEF:
        length, code = 3, byte & 0x0F
    elif 0xF0 <= byte <= 0xF4:
        length, code = 4, byte & 0x07
    else:
        return BAD + byte, 1
    if place + length > end:
        return BAD + byte, 1
    for offset in range(1, length):
        following: Any = np.int64(data[place + offset])
        if following & 0xC0 != 0x80:
            return BAD + byte, 1
        code = (code << 6) | (following & 0x3F)
    return code, length


@kernel
def folded(code: int) -> int:
    """Full-width forms as ASCII, ASCII letters lowered."""
    if 0xFF01 <= code <= 0xFF5E:
        code -= 0xFEE0
    return code + 0x20 if 0x41 <= code <= 0x5A else code


@kernel
def kind_of(code: int) -> int:
    """What a folded code point is to the tokens. Runs of ranges, the frequent first."""
    if code < 0x80:
        if 0x61 <= code <= 0x7A or 0x30 <= code <= 0x39:
            return WORD
        return SPACE if code <= 0x20 or code == 0x7F else SYMBOL
    if 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x3040 <= code <= 0x30FF:
        return ALONE
    if code < 0x0E00:
        if code >= 0xC0:
            return SYMBOL if code == 0xD7 or code == 0xF7 else WORD
        if code == 0x85 or code == 0xA0:
            return SPACE
        if code == 0xAD:
            return NOTHING
        return WORD if code == 0xAA or code == 0xB5 or code == 0xBA else SYMBOL
    # Thai, Lao, Tibetan, Burmese; Khmer.
    if (code <= 0x109F and code >= 0x0E00) or 0x1780 <= code <= 0x17FF:
        return ALONE
    if 0x2000 <= code <= 0x303F:
        if 0x200B <= code <= 0x200F or 0x202A <= code <= 0x202E or 0x2060 <= code <= 0x2064:
            return NOTHING
        if code <= 0x200A or code == 0x2028 or code == 0x2029 or code == 0x202F or code == 0x205F:
            return SPACE
        if code == 0x3000:
            return SPACE
        return WORD if 0x2C00 <= code <= 0x2DFF or code == 0x3005 or code == 0x3007 else SYMBOL
    if 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF:
        return ALONE
    if code == 0xFEFF or 0xFE00 <= code <= 0xFE0F:
        return NOTHING
    if 0xE000 <= code <= 0xF8FF or 0xFE10 <= code <= 0xFE6F or 0x1F000 <= code <= 0x1FAFF:
        return SYMBOL
    if 0xFF5F <= code <= 0xFF65 or 0xFFE0 <= code <= 0xFFFF:
        return SYMBOL
    return WORD
