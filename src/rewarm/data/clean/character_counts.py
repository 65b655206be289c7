"""What hangs on single characters, in one pass over code points."""

import numpy as np

from rewarm.corpus.characters import ALPHA, COMMON, HAN, NUMERIC, SPACE, TERMINAL, URL_END
from rewarm.corpus.kernel import kernel

_DOT = 0x2E
_URL_LONGEST = 2048


@kernel
def measure_characters(text: np.ndarray, flags: np.ndarray, row: np.ndarray) -> None:
    solid, letters, symbols, han, urls, sentences, curly = 0, 0, 0, 0, 0, 0, 0
    url_until = 0
    for place in range(len(text)):
        code = text[place]
        flag = flags[code]
        if code == 0x7B:
            curly += 1
        if flag & TERMINAL:
            after = flags[text[place + 1]] if place + 1 < len(text) else np.uint8(SPACE)
            if after & TERMINAL == 0 and (code > 0x7F or after & SPACE):
                sentences += 1
        if place >= url_until and (code == 0x68 or code == 0x77):
            begin = _url_begins(text, place)
            if begin > place:
                end = begin
                while (
                    end < len(text)
                    and end - begin < _URL_LONGEST
                    and flags[text[end]] & (SPACE | URL_END) == 0
                ):
                    end += 1
                if end > begin:
                    urls += end - place
                    url_until = end
        if flag & SPACE:
            continue
        solid += 1
        if flag & HAN:
            han += 1
        if flag & ALPHA:
            letters += 1
        elif flag & (NUMERIC | COMMON) == 0:
            symbols += 1
    row[0] = len(text)
    if solid:
        row[1], row[2], row[5] = letters / solid, symbols / solid, han / solid
    if len(text):
        row[3] = urls / len(text)
    row[31], row[32] = sentences, curly


@kernel
def _url_begins(text: np.ndarray, place: int) -> int:
    """Where the address goes on after `http://`, `https://` or `www.`, or `place` where none begins."""
    left = len(text) - place
    if text[place] == 0x77:
        if left > 4 and text[place + 1] == 0x77 and text[place + 2] == 0x77 and text[place + 3] == _DOT:
            return place + 4
        return place
    if left < 8 or text[place + 1] != 0x74 or text[place + 2] != 0x74 or text[place + 3] != 0x70:
        return place
    after = place + 5 if text[place + 4] == 0x73 else place + 4
    if after + 2 < len(text) and text[after] == 0x3A and text[after + 1] == 0x2F and text[after + 2] == 0x2F:
        return after + 3
    return place
