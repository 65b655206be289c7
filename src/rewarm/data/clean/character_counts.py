"""What hangs on single characters, in one pass over code points and one over the distinct ones.

A document has some hundred distinct characters, so what depends on the character alone (letters,
digits, Han, entropy) is summed over them, times how often each stands; the pass over the text is left
with what depends on neighbours: sentences, addresses, runs of marks.
"""

import numpy as np

from rewarm.data.clean.measures import MEASURES
from rewarm.text.characters import ALPHA, COMMON, HAN, NUMERIC, POINTS, SPACE, TERMINAL, URL_END
from rewarm.text.kernel import kernel

# FineWeb-2's for Chinese (huggingface/fineweb-2, configs/cmn_Hani.yml).
CHINESE_STOP_WORDS = "的年在月是和日了於·為有被人中为他與後也而由"
_STOPS = np.array([ord(letter) for letter in CHINESE_STOP_WORDS], np.uint32)
_NEW_LINE, _QUOTE, _HASH, _DOT, _SEMICOLON, _UNDERSCORE = 0x0A, 0x22, 0x23, 0x2E, 0x3B, 0x5F
_OPENING, _CLOSING, _ELLIPSIS, _FULL_STOP, _WIDE_HASH, _WIDE_SEMICOLON = map(ord, "【】…。＃；")
_LEFT_QUOTE, _RIGHT_QUOTE = map(ord, "“”")
_URL_LONGEST = 2048
# Columns of a row.
_CHARS = MEASURES.index("chars")
_LETTER_RATIO = MEASURES.index("letter_ratio")
_SYMBOL_RATIO = MEASURES.index("symbol_ratio")
_URL_RATIO = MEASURES.index("url_ratio")
_HAN_RATIO = MEASURES.index("han_ratio")
_SENTENCES = MEASURES.index("sentences")
_CURLY_BRACKETS = MEASURES.index("curly_brackets")
_SENTENCE_PARTS = MEASURES.index("sentence_parts")
_HASH_RUNS = MEASURES.index("hash_runs")
_ELLIPSIS_RUNS = MEASURES.index("ellipsis_runs")
_BRACKET_RATIO = MEASURES.index("bracket_ratio")
_DIGIT_RATIO = MEASURES.index("digit_ratio")
_PUNCTUATION = MEASURES.index("punctuation")
_UNIQUE_CHARS = MEASURES.index("unique_chars")
_CHAR_ENTROPY = MEASURES.index("char_entropy")
_SPECIAL_RATIO = MEASURES.index("special_ratio")
_NEWLINE_CHARS = MEASURES.index("newline_chars")
_CHINESE_STOP_WORDS = MEASURES.index("chinese_stop_words")
# Most characters stand a few times: their share of the entropy is looked up.
_COUNTED = 4096
_TIMES_LOG = np.arange(_COUNTED) * np.log(np.maximum(1, np.arange(_COUNTED)))


@kernel
def room() -> tuple[np.ndarray, np.ndarray]:
    """uint32 [code points], zeros, and as many, empty: what `measure_characters` counts in."""
    return np.zeros(POINTS, np.uint32), np.empty(POINTS, np.uint32)


@kernel
def measure_characters(
    text: np.ndarray, flags: np.ndarray, row: np.ndarray, often: np.ndarray, distinct: np.ndarray
) -> None:
    """Write the measures of single characters into a document's row.

    text: uint32 [characters], code points; flags: uint8 [code points], `characters.flags`; row: float64
    [measures]; often, distinct: from `room()`, left as they were found.
    """
    found = _walk(text, flags, row, often, distinct)
    solid, letters, symbols, han, digits, written, marks = 0, 0, 0, 0, 0, 0, 0
    surprise = 0.0
    row[_CURLY_BRACKETS] = often[0x7B]
    new_lines = often[_NEW_LINE]
    for stop in _STOPS:
        row[_CHINESE_STOP_WORDS] += often[stop] > 0
    for at in range(found):
        code = distinct[at]
        count = int(often[code])
        often[code] = 0
        surprise += _TIMES_LOG[count] if count < _COUNTED else count * np.log(count)
        flag = flags[code]
        if flag & (ALPHA | NUMERIC | SPACE) or code == _UNDERSCORE:
            written += count
        if flag & SPACE:
            continue
        solid += count
        if flag & HAN:
            han += count
        if flag & ALPHA:
            letters += count
            continue
        if flag & NUMERIC:
            if flag & HAN == 0:
                digits += count
        else:
            if flag & COMMON == 0:
                symbols += count
            if flag & (COMMON | TERMINAL) or 0x20 < code < 0x7F:
                marks += count
    size = len(text)
    row[_CHARS] = size
    row[_PUNCTUATION] = marks
    row[_NEWLINE_CHARS] = new_lines
    if solid:
        row[_LETTER_RATIO], row[_SYMBOL_RATIO], row[_HAN_RATIO] = (
            letters / solid,
            symbols / solid,
            han / solid,
        )
        row[_NEWLINE_CHARS] = new_lines / solid
    if written:
        row[_DIGIT_RATIO] = digits / written
    if size:
        row[_UNIQUE_CHARS] = found / size
        row[_CHAR_ENTROPY] = np.log(size) - surprise / size
        row[_SPECIAL_RATIO] = (size - letters) / size


@kernel
def _walk(
    text: np.ndarray, flags: np.ndarray, row: np.ndarray, often: np.ndarray, distinct: np.ndarray
) -> int:
    """What depends on neighbours, and how often each character stands; the number of distinct ones."""
    found = 0
    urls, url_until, sentences = 0, 0, 0
    parts, hashes, ellipses, inside = 0, 0, 0, 0
    begun = False
    opened = -1
    before = np.uint32(0)
    for place in range(len(text)):
        code = text[place]
        if often[code] == 0:
            distinct[found] = code
            found += 1
        often[code] += np.uint32(1)
        flag = flags[code]
        if flag & ALPHA:
            begun = True
            if (code == 0x68 or code == 0x77) and place >= url_until:
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
        elif flag & SPACE:
            if code == _NEW_LINE:
                opened = -1
        else:
            if flag & TERMINAL:
                after = flags[text[place + 1]] if place + 1 < len(text) else np.uint8(SPACE)
                if after & TERMINAL == 0 and (code > 0x7F or after & SPACE):
                    sentences += 1
            if flag & TERMINAL or _divides(code):
                parts += begun
                begun = False
            else:
                begun = True
            before = text[place - 1] if place else np.uint32(0)
            if code in (_DOT, _FULL_STOP):
                # A run counts once, at its second full stop.
                third = text[place - 2] if place > 1 else np.uint32(0)
                if (before in (_DOT, _FULL_STOP)) and third != _DOT and third != _FULL_STOP:
                    ellipses += 1
            elif code == _ELLIPSIS:
                ellipses += before != _ELLIPSIS
            elif code in (_HASH, _WIDE_HASH):
                hashes += before != _HASH and before != _WIDE_HASH
            elif code == _OPENING:
                if opened < 0:
                    opened = place
            elif code == _CLOSING and opened >= 0:
                inside += place - opened - 1
                opened = -1
    row[_SENTENCE_PARTS] = parts + begun
    row[_SENTENCES] = sentences
    if len(text):
        row[_URL_RATIO] = urls / len(text)
        row[_HASH_RUNS], row[_ELLIPSIS_RUNS] = hashes / len(text), ellipses / len(text)
        row[_BRACKET_RATIO] = inside / len(text)
    return found


@kernel
def _divides(code: np.uint32) -> bool:
    """Whether a character parts sentences though it ends none: quotes, semicolons and `…`."""
    return bool(code in (_QUOTE, _SEMICOLON, _ELLIPSIS, _WIDE_SEMICOLON, _LEFT_QUOTE, _RIGHT_QUOTE))


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
