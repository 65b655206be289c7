"""What each character is to the measures: one byte of flags a code point."""

from functools import cache

import numpy as np

SPACE, ALPHA, NUMERIC, COMMON, PUNCTUATION, TERMINAL, HAN, URL_END = (1 << bit for bit in range(8))
POINTS = 0x110000

# Punctuation that prose has; what is left are symbols.
_COMMON = ".,;:!?'\"()-–—…%&/[]，。、；：？！（）《》「」『』“”‘’·【】〔〕％"
# A word of nothing else is no word: CCNet's marks (1911.00359), controls, sentence ends.
_PUNCTUATION = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»"
_TERMINAL = ".!?。！？．｡⁇⁈⁉‼؟۔।॥﹖﹗﹒"
_URL_END = "<>\"'，。）】"
_HAN = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000), (0x3007, 0x3008))


@cache
def flags() -> np.ndarray:
    """uint8 [0x110000]: SPACE, ALPHA and NUMERIC as Python's str methods say, and the sets above."""
    points = np.arange(POINTS, dtype=np.uint32).view("<U1")
    alpha, space, numeric = np.char.isalpha(points), np.char.isspace(points), np.char.isnumeric(points)
    table = (alpha * ALPHA | (numeric & ~space) * NUMERIC | (space & ~alpha) * SPACE).astype(np.uint8)
    controls = "".join(map(chr, [*range(9), *range(11, 32), *range(127, 160)]))
    for letters, flag in (
        (_COMMON, COMMON),
        (_PUNCTUATION + _TERMINAL + controls, PUNCTUATION),
        (_TERMINAL, TERMINAL),
        (_URL_END, URL_END),
    ):
        table[[ord(letter) for letter in letters]] |= flag
    for first, end in _HAN:
        table[first:end] |= HAN
    return table


def code_points(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """uint32 [characters of all texts] and int64 [texts + 1], where each begins."""
    return codes("".join(texts)), np.cumsum([0, *map(len, texts)], dtype=np.int64)


def codes(text: str) -> np.ndarray:
    """uint32 [characters]; lone surrogates as they are."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
