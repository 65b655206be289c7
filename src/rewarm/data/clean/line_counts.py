"""What hangs on lines and paragraphs: repeats, ends, and lines that are a table's or a list's."""

import numpy as np

from rewarm.data.clean.hash_table import MULTIPLIER, hash_table, was_seen
from rewarm.data.clean.measures import MEASURES
from rewarm.text.characters import ALPHA, NUMERIC, SPACE, TERMINAL
from rewarm.text.kernel import kernel

SHORT_LINE = 30
# MAP-CC's (Chinese-Tiny-LLM, filter/filter.py); a dash is none of them, an en dash is.
LIST_MARKS = "•●○■□▪▫※·➢‣▶◀◦–"
_LIST_MARKS = np.array([ord(letter) for letter in LIST_MARKS], np.uint32)
_READ_MORE = np.array([ord(letter) for letter in "readmore"], np.uint32)
_FULL_STOP, _EXPAND, _OPEN, _CHANGE, _MUCH = map(ord, "。展开更多")
_CHINESE_ENDS = np.array([ord(letter) for letter in "。！？”："], np.uint32)
SENTENCE_LINE = (5, 500)
_SHORTEST, _LONGEST = SENTENCE_LINE
_WHITE_SQUARE, _BLACK_SQUARE, _REPLACEMENT = 0x25A1, 0x25A0, 0xFFFD
_PRIVATE, _AFTER_PRIVATE = 0xE000, 0xF900
# Columns of a row.
_FORMAT_RATIO = MEASURES.index("format_ratio")
_BULLET_LINES = MEASURES.index("bullet_lines")
_ELLIPSIS_LINES = MEASURES.index("ellipsis_lines")
_DUP_PARAGRAPHS = MEASURES.index("dup_paragraphs")
_DUP_PARAGRAPH_CHARS = MEASURES.index("dup_paragraph_chars")
_DUP_LINES = MEASURES.index("dup_lines")
_DUP_LINE_CHARS = MEASURES.index("dup_line_chars")
_LINE_PUNCT = MEASURES.index("line_punct")
_SHORT_LINES = MEASURES.index("short_lines")
_LINE_DUP_CHARS = MEASURES.index("line_dup_chars")
_NEWLINE_RATIO = MEASURES.index("newline_ratio")
_MEAN_LINE_CHARS = MEASURES.index("mean_line_chars")
_READMORE_LINES = MEASURES.index("readmore_lines")
_LIST_LINES = MEASURES.index("list_lines")
_SENTENCE_LINES = MEASURES.index("sentence_lines")
_NEW_LINE, _DOT, _ELLIPSIS, _BULLET, _DASH = 0x0A, 0x2E, 0x2026, 0x2022, 0x2D
_TAG_LONGEST = 200


@kernel
def measure_lines(text: np.ndarray, flags: np.ndarray, row: np.ndarray) -> None:
    """Write the measures of lines and paragraphs into a document's row.

    text: uint32 [characters], code points; flags: uint8 [code points]; row: float64 [measures].
    """
    size = len(text)
    ends = 1
    for place in range(size):
        if text[place] == _NEW_LINE:
            ends += 1
    seen = hash_table(ends)
    paragraphs_seen = hash_table(ends)
    raw = bullets = trailing = full = closed = short = repeated_full = 0
    lines = repeated = repeated_chars = 0
    formatted = 0
    invitations = listed = sentences = 0
    paragraphs = paragraph_repeats = paragraph_chars = 0
    paragraph_hash, paragraph_size = np.uint64(0), 0
    full_chars = 0
    start = 0
    while start <= size:
        end = start
        value = np.uint64(0)
        while end < size and text[end] != _NEW_LINE:
            value = (value ^ np.uint64(text[end] + 1)) * MULTIPLIER
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
            line = text[first:last]
            listed += _is_listed(line[0])
            invitations += _invites(line)
            sentences += _is_sentence(line)
        if length:
            lines += 1
            again = was_seen(seen, value)
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
            paragraph_hash = (paragraph_hash ^ value ^ np.uint64(length)) * MULTIPLIER
            paragraph_size += length + (1 if paragraph_size else 0)
        if not length or end == size:
            if paragraph_size:
                paragraphs += 1
                if was_seen(paragraphs_seen, paragraph_hash):
                    paragraph_repeats += 1
                    paragraph_chars += paragraph_size
            paragraph_hash, paragraph_size = np.uint64(0), 0
        start = end + 1
    new_lines = raw - 1
    if size:
        row[_FORMAT_RATIO] = formatted / size
        row[_DUP_PARAGRAPH_CHARS] = paragraph_chars / size
        row[_DUP_LINE_CHARS] = repeated_chars / size
        row[_BULLET_LINES], row[_ELLIPSIS_LINES] = bullets / raw, trailing / raw
        row[_READMORE_LINES], row[_LIST_LINES] = invitations / raw, listed / raw
        if size > new_lines:
            row[_LINE_DUP_CHARS] = repeated_full / (size - new_lines)
    if paragraphs:
        row[_DUP_PARAGRAPHS] = paragraph_repeats / paragraphs
    if lines:
        row[_DUP_LINES] = repeated / lines
    if full:
        row[_LINE_PUNCT], row[_SHORT_LINES] = closed / full, short / full
        row[_MEAN_LINE_CHARS] = full_chars / full
    row[_NEWLINE_RATIO] = new_lines
    row[_SENTENCE_LINES] = sentences


@kernel
def _is_listed(code: np.uint32) -> bool:
    # Most lines begin with a letter: below the first of the marks, or far above the last.
    if code < 0xB7 or code > 0x27A2:
        return False
    for mark in _LIST_MARKS:  # noqa: SIM110
        if code == mark:
            return True
    return False


@kernel
def _invites(line: np.ndarray) -> bool:
    """Whether a line ends in what one clicks to read on: MAP-CC's `readmore`, 展开, 更多 and 。。。"""
    size = len(line)
    last, before = line[size - 1], line[size - 2] if size > 1 else np.uint32(0)
    if last == _OPEN:
        return bool(before == _EXPAND)
    if last == _MUCH:
        return bool(before == _CHANGE)
    if last == _FULL_STOP:
        return bool(before == _FULL_STOP and size > 2 and line[size - 3] == _FULL_STOP)
    return last == _READ_MORE[-1] and size >= 8 and bool((line[size - 8 :] == _READ_MORE).all())


@kernel
def _is_sentence(line: np.ndarray) -> bool:
    """Whether Chinese C4 keeps a line without outer space (shjwudp/c4-dataset-script): its end and length,
    no squares and no private characters, which stand where a page was read wrongly.
    """
    size = len(line)
    last = line[size - 1]
    # Ends are outside of ASCII, most other lines' inside or among the Han.
    if size < _SHORTEST or size > _LONGEST or last < 0x2000 or 0x4E00 <= last < 0xA000:
        return False
    ends = last == _ELLIPSIS and line[size - 2] == _ELLIPSIS
    for mark in _CHINESE_ENDS:
        ends |= last == mark
    if not ends:
        return False
    for code in line:
        if code in (_WHITE_SQUARE, _BLACK_SQUARE, _REPLACEMENT) or _PRIVATE <= code < _AFTER_PRIVATE:
            return False
    return True


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
