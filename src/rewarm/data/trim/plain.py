"""The kernels of this folder once more in plain Python: slow, short, and equal to the bit.

They are the definition that tests hold the compiled loops to, and what a reader reads first.
"""

from rewarm.data.trim.fingerprints import Lengths
from rewarm.data.trim.pieces import CLOSERS, LINE, OPERATORS, SENTENCE
from rewarm.text.grams import plain

_BITS = (1 << 64) - 1
_MULTIPLIER = 0x9E3779B97F4A7C15
_HARD = {0x3002, 0xFF01, 0xFF1F, 0xFF61}


def pieces_of(content: bytes) -> list[tuple[int, int, int, int]]:
    """Of each token: its hash, what begins with it, where that begins, and where the token ends."""
    pieces: list[tuple[int, int, int, int]] = []
    word, mark, opened = None, 0, (0, 0)
    ended, first, bound, closing = "line", -1, 0, False
    place = 0

    def close(end: int) -> None:
        nonlocal word
        if word is not None:
            pieces.append((plain.mixed(word) >> 32 & 0xFFFFFFFE, *opened, end))
            word = None

    while place < len(content):
        here = place
        raw, length = plain.decoded(content, place)
        place += length
        (code,) = plain.code_points(content[here:place])
        kind = plain.kind(code)
        if kind == "nothing":
            continue
        if kind != "word":
            close(here)
        if kind == "space":
            if code in (0x0A, 0x0D):
                ended, bound, closing = "line", place, False
            elif ended == "stop":
                ended = "stop and space"
        elif kind in ("word", "alone"):
            if word is None:
                bound, closing = (here if closing else bound), False
                begins = SENTENCE if ended == "hard" else 0
                if ended == "stop and space" and not 0x61 <= raw <= 0x7A and not 0xFF41 <= raw <= 0xFF5A:
                    begins = SENTENCE
                begins = LINE if ended == "line" else begins
                first = len(pieces) if begins else first
                opened = (begins, bound if begins else here)
                word, mark, ended = mark, 0, ""
            word = plain.step(word, code + 1)
            if kind == "alone":
                pieces.append((plain.mixed(word) >> 32 | 1, *opened, place))
                word = None
        elif raw in _HARD or code in (0x2E, 0x21, 0x3F):
            if ended != "line" and (raw in _HARD or first < len(pieces) - 1):
                ended = "hard" if raw in _HARD or ended == "hard" else ended or "stop"
                closing = True
        else:
            if code < 0x80 and chr(code) in OPERATORS:
                mark = plain.step(mark, code + 1)
            closes = code < 0x110000 and chr(code) in CLOSERS and content[here - 1] > 0x20
            if closing and not closes:
                bound, closing = here, False
    close(len(content))
    return pieces


def winnowed(tokens: list[int], gram: int, window: int) -> list[tuple[int, int]]:
    """(hash, place) of every chosen gram of a document."""
    hashes = []
    for start in range(len(tokens) - gram + 1):
        rolled = 0
        for token in tokens[start : start + gram]:
            rolled = (rolled * _MULTIPLIER + token + 1) & _BITS
        hashes.append(plain.mixed(rolled))
    chosen: list[int] = []
    for start in range(len(hashes) - window + 1):
        smallest = min(hashes[start : start + window])
        if chosen and chosen[-1] >= start and hashes[chosen[-1]] == smallest:
            continue
        chosen.append(max(place for place in range(start, start + window) if hashes[place] == smallest))
    return [(hashes[place], place) for place in chosen]


def sentence_runs(tokens: list[int], begins: list[int], limits: Lengths) -> list[tuple[int, int]]:
    """(hash, place) of every run of sentences of a document that is long enough."""
    starts = [place for place in range(len(tokens)) if begins[place] or not place]
    sentences = []
    for start, stop in zip(starts, [*starts[1:], len(tokens)], strict=False):
        value = 0
        for token in tokens[start:stop]:
            value = plain.step(value, token)
        size = sum(limits.words if token & 1 else limits.characters for token in tokens[start:stop])
        sentences.append((start, plain.mixed(value), size))
    counted = [opening for opening, (_, _, size) in enumerate(sentences) if size >= limits.short]
    chosen = []
    for opening, stop in zip(counted, counted[limits.run - 1 :], strict=False):
        rolled = limits.run
        run = sentences[opening : stop + 1]
        for _, value, _ in run:
            rolled = plain.step(rolled, value)
        if sum(size for _, _, size in run) >= limits.least:
            chosen.append((plain.mixed(rolled), run[0][0]))
    return chosen


def repeated(documents: list[list[int]], length: int) -> list[set[int]]:
    """Of each document the places inside a run of `length` tokens that an earlier document has too: what
    hashing every position finds, held against the fingerprints' share of it."""
    seen: dict[tuple[int, ...], int] = {}
    covered = []
    for document, tokens in enumerate(documents):
        places: set[int] = set()
        for start in range(len(tokens) - length + 1):
            gram = tuple(tokens[start : start + length])
            if seen.setdefault(gram, document) != document:
                places.update(range(start, start + length))
        covered.append(places)
    return covered
