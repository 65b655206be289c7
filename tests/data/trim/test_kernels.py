"""The compiled loops say what their plain twins say, and cost the same whatever the text repeats."""

import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.trim import plain
from rewarm.data.trim.fingerprints import Lengths, fingerprints_of, lengths
from rewarm.data.trim.matches import matches_of
from rewarm.data.trim.meetings import meetings
from rewarm.data.trim.pieces import Pieces, pieces_of, places_of
from rewarm.recipe import Trim

_CONFIG = Trim().model_dump(mode="json")
DEFAULT = lengths(_CONFIG["words"], _CONFIG["characters"], _CONFIG["sentences"])
SMALL = Lengths(6, 12, 2, 40, 7)
TEXT = st.text(
    st.sampled_from('aA b.。！？!?\n\r，,+-="”）)’中文第1\u200b\u3000ＡａÉ\x00😀') | st.characters(),
    max_size=60,
)


@given(TEXT | st.binary(max_size=60))
def test_pieces_are_those_of_plain_python(text: str | bytes) -> None:
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    found = list(zip(*(column.tolist() for column in places_of(content)), strict=True))
    assert found == plain.pieces_of(content)


def _pieces(texts: list[str]) -> Pieces:
    content = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.cumsum([0, *map(len, content)])
    return pieces_of(np.frombuffer(b"".join(content), np.uint8), offsets, np.ones(len(texts), bool))


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_fingerprints_are_those_of_plain_python(texts: list[str]) -> None:
    pieces = _pieces(texts)
    found = fingerprints_of(pieces, SMALL)
    expected = []
    start = 0
    for number, count in enumerate(pieces.counts.tolist()):
        tokens = pieces.tokens[start : start + count].tolist()
        begins = pieces.begins[start : start + count].tolist()
        chosen = plain.winnowed(tokens, SMALL.gram, SMALL.window)
        chosen += plain.sentence_runs(tokens, begins, SMALL)
        expected += [(value, number, start + place) for value, place in chosen]
        start += count
    columns = (found.hash.tolist(), found.document.tolist(), found.place.tolist())
    assert sorted(zip(*columns, strict=True)) == sorted(expected)


def _covered(pieces: Pieces, limits: Lengths) -> list[set[int]]:
    """Of each document the tokens that some match covers; earlier documents go before."""
    found = fingerprints_of(pieces, limits)
    number = len(pieces.counts)
    met = meetings(
        found.hash, found.document.astype(np.int64), found.place, np.arange(number), np.zeros(number, bool)
    )
    starts = np.concatenate([[0], np.cumsum(pieces.counts)])
    matches = matches_of(met, pieces.tokens, starts, np.arange(number), limits)
    covered: list[set[int]] = [set() for _ in range(number)]
    for begin, end, other in zip(matches.begin, matches.end, matches.other, strict=True):
        document = int(np.searchsorted(starts, begin, side="right")) - 1
        size = end - begin
        assert pieces.tokens[begin:end].tolist() == pieces.tokens[other : other + size].tolist()
        covered[document].update(range(int(begin - starts[document]), int(end - starts[document])))
    return covered


@given(st.randoms(use_true_random=False))
def test_what_is_long_enough_is_found(rng: random.Random) -> None:
    """Every passage that one other document has first is found whole: the guarantee of winnowing."""
    limits = Lengths(12, 12, 0, 144, 0)
    copied = [rng.randrange(1000) * 2 for _ in range(rng.randint(12, 40))]
    first, second = ([rng.randrange(1000, 2000) * 2 for _ in range(60)] for _ in range(2))
    places = [rng.randrange(60) for _ in range(2)]
    one, two = (text[:at] + copied + text[at:] for text, at in zip((first, second), places, strict=True))
    tokens = np.array([*one, *two], np.uint32)
    pieces = Pieces(tokens, np.zeros(len(tokens), np.uint8), np.array([len(one), len(two)]))
    covered = _covered(pieces, limits)
    assert covered[0] == set()
    assert covered[1] >= set(range(places[1], places[1] + len(copied)))


@given(st.lists(st.lists(st.sampled_from([2, 4, 6]), max_size=60), min_size=2, max_size=5))
def test_nothing_else_is_found(texts: list[list[int]]) -> None:
    limits = Lengths(8, 8, 0, 64, 0)
    pieces = Pieces(
        np.array([token for text in texts for token in text], np.uint32),
        np.zeros(sum(map(len, texts)), np.uint8),
        np.array([len(text) for text in texts]),
    )
    for covered, repeated in zip(_covered(pieces, limits), plain.repeated(texts, 8), strict=True):
        assert covered <= repeated


@pytest.mark.parametrize("unit", ["中", "中\n", "ab ", "a. B", "。", "\x00", "中文。\n", "0"])
def test_time_is_linear_in_what_repeats(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit.encode()))
        began = time.process_time()
        _covered_fast(_pieces([text[: len(text) // 2 + 7], text]), DEFAULT)
        return time.process_time() - began

    seconds(1000)  # Compiles.
    small, large = (min(seconds(size) for _ in range(3)) for size in (250_000, 2_000_000))
    assert large < 30 * max(small, 0.01)


def _covered_fast(pieces: Pieces, limits: Lengths) -> int:
    found = fingerprints_of(pieces, limits)
    number = len(pieces.counts)
    met = meetings(
        found.hash, found.document.astype(np.int64), found.place, np.arange(number), np.zeros(number, bool)
    )
    starts = np.concatenate([[0], np.cumsum(pieces.counts)])
    return len(matches_of(met, pieces.tokens, starts, np.arange(number), limits).begin)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 7), st.sampled_from([0, 0, 0, 1, 2])), max_size=40), max_size=3
    ),
    st.integers(1, 4),
    st.sampled_from([0, 20, 60]),
)
def test_runs_of_any_sentences_are_those_of_plain_python(
    documents: list[list[tuple[int, int]]], run: int, least: int
) -> None:
    """Sentences of zero to many tokens, counted and not counted, in runs of one to four."""
    limits = Lengths(6, 12, run, least, 13)
    flat = [token for document in documents for token in document]
    pieces = Pieces(
        np.array([token for token, _ in flat], np.uint32),
        np.array([begins for _, begins in flat], np.uint8),
        np.array([len(document) for document in documents], np.int64),
    )
    expected, start = [], 0
    for number, document in enumerate(documents):
        tokens, begins = [token for token, _ in document], [begins for _, begins in document]
        chosen = plain.winnowed(tokens, limits.gram, limits.window)
        chosen += plain.sentence_runs(tokens, begins, limits)
        expected += [(value, number, start + place) for value, place in chosen]
        start += len(document)
    found = fingerprints_of(pieces, limits)
    columns = (found.hash.tolist(), found.document.tolist(), found.place.tolist())
    assert sorted(zip(*columns, strict=True)) == sorted(expected)
