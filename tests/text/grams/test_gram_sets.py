"""The compiled passes against their plain twins, on any bytes, and what the folding makes equal."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from rewarm.text.grams import plain
from rewarm.text.grams.gram_sets import Runs, gram_sets, vocabularies
from rewarm.text.grams.tokens import of_bytes, tokens_of

PIECES = [
    "the",
    "a",
    "第",
    "条",
    " ",
    "\n",
    "，",
    ".",
    "Ａ",
    "é",
    "e\u0301",
    "👩‍👩‍👧",
    "🇨🇳",
    "\u200b",
    "한국",
    "ไทย",
]
TEXTS = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from(PIECES), max_size=60).map(lambda parts: "".join(parts).encode()),
)
NONE = np.empty(0, np.uint64)


def split(runs: Runs) -> list[list[int]]:
    """The values of each document."""
    bounds = np.cumsum(runs.counts)[:-1] if len(runs.counts) else []
    return [part.tolist() for part in np.split(runs.values, bounds)] if len(runs.counts) else []


@given(st.lists(TEXTS, max_size=6), st.integers(1, 7))
def test_any_bytes_have_the_plain_grams_and_hash(contents: list[bytes], size: int) -> None:
    offsets = np.cumsum([0, *map(len, contents)]).astype(np.int64)
    tokens = of_bytes(np.frombuffer(b"".join(contents), np.uint8), offsets)
    assert split(Runs(tokens.counts, tokens.hashes)) == [plain.tokens_of(content)[0] for content in contents]
    assert tokens.exact.tolist() == [plain.tokens_of(content)[1] for content in contents]
    assert split(gram_sets(tokens, size, NONE)) == [plain.gram_set(content, size) for content in contents]
    assert split(vocabularies(tokens)) == [plain.vocabulary(content) for content in contents]


@given(TEXTS, st.integers(2040, 2056), st.sampled_from(["a", "第", " ", "\n", ".", "\u200b"]))
def test_where_a_block_of_characters_ends_changes_nothing(content: bytes, before: int, filler: str) -> None:
    whole = filler.encode() * before + content
    whole += whole
    tokens = of_bytes(np.frombuffer(whole, np.uint8), np.array([0, len(whole)]))
    assert (tokens.hashes.tolist(), int(tokens.exact[0])) == plain.tokens_of(whole)
    assert int(tokens.titles[0]) == plain.title(whole)


def test_every_character_is_of_the_kind_that_the_plain_twin_says() -> None:
    blocks = [range(0xD800), range(0xE000, 0x10100), range(0x1EFF0, 0x1FB10), range(0x1FFF0, 0x20010)]
    contents = [f"a{chr(code)}b {chr(code)}".encode() for block in blocks for code in block]
    offsets = np.cumsum([0, *map(len, contents)]).astype(np.int64)
    tokens = of_bytes(np.frombuffer(b"".join(contents), np.uint8), offsets)
    found = split(Runs(tokens.counts, tokens.hashes))
    for content, hashes, whole in zip(contents, found, tokens.exact, strict=True):
        assert (hashes, whole) == plain.tokens_of(content), content


@given(st.lists(st.text(max_size=30), max_size=8), st.integers(1, 4))
def test_slices_and_chunks_change_nothing(texts: list[str], cut: int) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    whole = tokens_of(pa.chunked_array([pa.array(texts, pa.string())]))
    array = pa.array([*texts, "left out"], pa.large_string())
    chunks = [array.slice(start, min(cut, len(texts) - start)) for start in range(0, len(texts), cut)]
    cut_up = tokens_of(pa.chunked_array(chunks, pa.large_string()))
    for name in ("exact", "counts", "titles", "hashes"):
        assert np.array_equal(getattr(whole, name), getattr(cut_up, name))


def exact(text: str) -> int:
    return int(tokens_of(pa.chunked_array([[text]])).exact[0])


def test_case_width_and_spacing_fold_and_nothing_else() -> None:
    assert exact("Ａ b\u3000c") == exact(" a  B\nc ") == exact("a\u200b b c")
    assert (
        len({exact(text) for text in ("a b", "ab", "a, b", "a. b", "b a", "a b.", "á b", "甲 乙", "甲乙")})
        == 9
    )


def test_chinese_counts_by_character_and_english_by_word() -> None:
    texts = ["人民法院应当受理", "one two three four five six", "too short", ""]
    sets = gram_sets(tokens_of(pa.chunked_array([texts])), 5, NONE)
    assert sets.counts.tolist() == [4, 2, 1, 0]
