"""The values of every rule in a few passes over code points, compiled; `plain.py` says the same in Python.

Words are runs between white space, lines end at `\\n`, paragraphs at an empty line. Everything is
linear in the text: repeats are found by hashes of lines, words and runs of words (64 bits: two of a
million differ in vain once in 10^7 documents).
"""

import numpy as np

from rewarm.corpus.characters import (
    ALPHA,
    COMMON,
    HAN,
    NUMERIC,
    PUNCTUATION,
    SPACE,
    TERMINAL,
    URL_END,
    code_points,
    flags,
)
from rewarm.corpus.kernel import kernel

MEASURES = (
    "chars", "letter_ratio", "symbol_ratio", "url_ratio", "format_ratio", "han_ratio",
    "words", "mean_word_length", "hash_ratio", "ellipsis_ratio", "bullet_lines", "ellipsis_lines",
    "alpha_words", "stop_words", "dup_paragraphs", "dup_paragraph_chars", "dup_lines", "dup_line_chars",
    "top_2gram", "top_3gram", "top_4gram", "dup_5gram", "dup_6gram", "dup_7gram", "dup_8gram", "dup_9gram",
    "dup_10gram", "line_punct", "short_lines", "line_dup_chars", "newline_ratio", "sentences",
    "curly_brackets", "mean_line_chars", "dup_13gram",
)  # fmt: skip
SHORT_LINE = 30
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_NEW_LINE, _HASH, _DOT, _ELLIPSIS, _BULLET, _DASH = 0x0A, 0x23, 0x2E, 0x2026, 0x2022, 0x2D
_URL_LONGEST = 2048
_TAG_LONGEST = 200
_STOP_WORDS = ("the", "be", "to", "of", "and", "that", "have", "with")


def _hash_of(word: str) -> np.uint64:
    value = 0
    for letter in word:
        value = (value ^ (ord(letter) + 1)) * int(_MULTIPLIER) & (1 << 64) - 1
    return np.uint64(value)


_STOPS = np.array([_hash_of(word) for word in _STOP_WORDS], np.uint64)


def measured(texts: list[str]) -> dict[str, np.ndarray]:
    """Measure → float64 [texts], in the order of `MEASURES`."""
    codes, offsets = code_points(texts)
    values = np.empty((len(texts), len(MEASURES)))
    measure_all(codes, offsets, flags(), values)
    return dict(zip(MEASURES, values.T, strict=True))


@kernel
def measure_all(codes: np.ndarray, offsets: np.ndarray, flags: np.ndarray, out: np.ndarray) -> None:
    """out: float64 [documents, measures], filled in the order of `MEASURES`."""
    for document in range(len(offsets) - 1):
        text = codes[offsets[document] : offsets[document + 1]]
        row = out[document]
        row[:] = 0.0
        _characters(text, flags, row)
        _lines(text, flags, row)
        _words(text, flags, row)


@kernel
def _characters(text: np.ndarray, flags: np.ndarray, row: np.ndarray) -> None:
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


@kernel
def _lines(text: np.ndarray, flags: np.ndarray, row: np.ndarray) -> None:
    """What hangs on lines and paragraphs."""
    size = len(text)
    ends = 1
    for place in range(size):
        if text[place] == _NEW_LINE:
            ends += 1
    seen = _Table(ends)
    paragraphs_seen = _Table(ends)
    raw = bullets = trailing = full = closed = short = repeated_full = 0
    lines = repeated = repeated_chars = 0
    formatted = 0
    paragraphs = paragraph_repeats = paragraph_chars = 0
    paragraph_hash, paragraph_size = np.uint64(0), 0
    full_chars = 0
    start = 0
    while start <= size:
        end = start
        value = np.uint64(0)
        while end < size and text[end] != _NEW_LINE:
            value = (value ^ np.uint64(text[end] + 1)) * _MULTIPLIER
            end += 1
        length = end - start
        first, last = start, end
        while first < last and flags[text[first]] & SPACE:
            first += 1
        while last > first and flags[text[last - 1]] & SPACE:
            last -= 1
        raw += 1
        if first < last:
            if text[first] == _BULLET or text[first] == _DASH:
                bullets += 1
            if text[last - 1] == _ELLIPSIS or (
                last - first >= 3
                and text[last - 1] == _DOT
                and text[last - 2] == _DOT
                and text[last - 3] == _DOT
            ):
                trailing += 1
        if length:
            lines += 1
            again = _seen(seen, value)
            if again:
                repeated += 1
                repeated_chars += length
            if first < last:
                full += 1
                full_chars += last - first
                if again:
                    repeated_full += length
                if flags[text[end - 1]] & TERMINAL:
                    closed += 1
                if length <= SHORT_LINE:
                    short += 1
                if _is_formatted(text[first:last], flags):
                    formatted += length
            # A line break inside a paragraph belongs to it.
            paragraph_hash = (paragraph_hash ^ value ^ np.uint64(length)) * _MULTIPLIER
            paragraph_size += length + (1 if paragraph_size else 0)
        if not length or end == size:
            if paragraph_size:
                paragraphs += 1
                if _seen(paragraphs_seen, paragraph_hash):
                    paragraph_repeats += 1
                    paragraph_chars += paragraph_size
            paragraph_hash, paragraph_size = np.uint64(0), 0
        start = end + 1
    new_lines = raw - 1
    if size:
        row[4] = formatted / size
        row[15] = paragraph_chars / size
        row[17] = repeated_chars / size
        row[10], row[11] = bullets / raw, trailing / raw
        if size > new_lines:
            row[29] = repeated_full / (size - new_lines)
    if paragraphs:
        row[14] = paragraph_repeats / paragraphs
    if lines:
        row[16] = repeated / lines
    if full:
        row[27], row[28] = closed / full, short / full
        row[33] = full_chars / full
    row[30] = new_lines


@kernel
def _is_formatted(line: np.ndarray, flags: np.ndarray) -> bool:
    """Whether a line without outer space is a table's, JSON's, markup's or a rule's."""
    bars = tabs = tags = marks = keys = 0
    same = True
    opened = -1
    for place in range(len(line)):
        code = line[place]
        same &= code == line[0]
        if code == 0x7C:
            bars += 1
        elif code == 0x09:
            tabs += 1
        elif code == 0x3C:
            following = line[place + 1] if place + 1 < len(line) else np.uint32(0x20)
            begins = following == 0x2F or following == 0x21 or (following < 0x80 and flags[following] & ALPHA)
            opened = place if begins else -1
        elif code == 0x3E and opened >= 0:
            if place - opened <= _TAG_LONGEST:
                tags += place - opened + 1
            opened = -1
        elif code == 0x22 and place + 1 < len(line) and line[place + 1] == 0x3A:
            keys += 1
        if flags[code] & (ALPHA | NUMERIC) == 0:
            marks += 1
    head = line[0]
    brackets = head == 0x7B or head == 0x5B or head == 0x7D or head == 0x5D
    if same and len(line) >= 5 and flags[head] & (ALPHA | NUMERIC) == 0:
        return True
    if bars >= 3 or (bars >= 2 and head == 0x7C) or tabs >= 3:
        return True
    if tags * 3 >= len(line):
        return True
    if keys and (head == 0x22 or brackets):
        return True
    return brackets and marks == len(line)


@kernel
def _words(text: np.ndarray, flags: np.ndarray, row: np.ndarray) -> None:
    """What hangs on words and on runs of them."""
    size = len(text)
    most = size // 2 + 1
    hashes = np.empty(most, np.uint64)
    lengths = np.empty(most, np.int64)
    words = plain = plain_chars = alpha = 0
    stops = np.zeros(len(_STOPS), np.bool_)
    place = 0
    signs = dots = 0
    while place < size:
        if flags[text[place]] & SPACE:
            place += 1
            continue
        start = place
        value = np.uint64(0)
        has_alpha, is_word = False, False
        while place < size and flags[text[place]] & SPACE == 0:
            flag = flags[text[place]]
            has_alpha |= flag & ALPHA != 0
            is_word |= flag & PUNCTUATION == 0
            value = (value ^ np.uint64(text[place] + 1)) * _MULTIPLIER
            if text[place] == _HASH:
                signs += 1
            elif text[place] == _ELLIPSIS:
                dots += 1
            place += 1
        # `...` counts once for three dots that follow each other, as str.count does.
        run = 0
        for at in range(start, place):
            run = run + 1 if text[at] == _DOT else 0
            if run == 3:
                dots += 1
                run = 0
        hashes[words], lengths[words] = value, place - start
        words += 1
        alpha += has_alpha
        if is_word:
            plain += 1
            plain_chars += place - start
        for stop in range(len(_STOPS)):
            if value == _STOPS[stop]:
                stops[stop] = True
    row[6] = plain
    row[13] = stops.sum()
    if plain:
        row[7] = plain_chars / plain
    if words:
        row[8], row[9], row[12] = signs / words, dots / words, alpha / words
        row[30] /= words
    for gram in range(2, 5):
        row[16 + gram] = _top(hashes[:words], lengths[:words], gram) / max(1, size)
    for gram in range(5, 11):
        row[16 + gram] = _repeated(hashes[:words], lengths[:words], gram) / max(1, size)
    if row[5] > 0:
        letters = np.empty(size, np.uint64)
        count = 0
        for code in text:
            if flags[code] & SPACE == 0:
                letters[count] = np.uint64(code + 1)
                count += 1
        ones = np.ones(count, np.int64)
        row[34] = _repeated(letters[:count], ones, 13) / max(1, count)


@kernel
def _Table(entries: int) -> np.ndarray:
    """uint64, zeros: room for so many hashes, at most half full."""
    size = 8
    while size < 2 * entries:
        size *= 2
    return np.zeros(size, np.uint64)


@kernel
def _slot(table: np.ndarray, value: np.uint64) -> int:
    """Where a hash stands or would stand; 0 is an empty place."""
    value = value | _ONE
    mask = np.uint64(len(table) - 1)
    at = (value * _MULTIPLIER >> np.uint64(20)) & mask
    while table[at] != 0 and table[at] != value:
        at = (at + _ONE) & mask
    return int(at)


@kernel
def _seen(table: np.ndarray, value: np.uint64) -> bool:
    """Whether the hash was put in before; it is in now."""
    at = _slot(table, value)
    if table[at] != 0:
        return True
    table[at] = value | _ONE
    return False


@kernel
def _gram(hashes: np.ndarray, at: int, gram: int) -> np.uint64:
    value = np.uint64(0)
    for offset in range(gram):
        value = (value ^ (hashes[at + offset] >> np.uint64(7)) ^ hashes[at + offset]) * _MULTIPLIER
        value ^= value >> np.uint64(29)
    return value


@kernel
def _top(hashes: np.ndarray, lengths: np.ndarray, gram: int) -> int:
    """Characters of the most frequent gram times how often it stands; the earliest of equals."""
    grams = len(hashes) - gram + 1
    if grams < 1:
        return 0
    table = _Table(grams)
    count = np.zeros(len(table), np.int64)
    first = np.zeros(len(table), np.int64)
    for at in range(grams):
        value = _gram(hashes, at, gram)
        slot = _slot(table, value)
        if table[slot] == 0:
            table[slot] = value | _ONE
            first[slot] = at
        count[slot] += 1
    best = -1
    for slot in range(len(table)):
        if count[slot] and (
            best < 0
            or count[slot] > count[best]
            or (count[slot] == count[best] and first[slot] < first[best])
        ):
            best = slot
    chars: int = (lengths[first[best] : first[best] + gram].sum() + gram - 1) * count[best]
    return chars


@kernel
def _repeated(hashes: np.ndarray, lengths: np.ndarray, gram: int) -> int:
    """Characters in grams that stood before, none counted twice."""
    grams = len(hashes) - gram + 1
    if grams < 1:
        return 0
    table = _Table(grams)
    chars = 0
    at = 0
    while at < grams:
        if _seen(table, _gram(hashes, at, gram)):
            chars += lengths[at : at + gram].sum()
            at += gram
        else:
            at += 1
    return chars
