"""The compiled passes against their plain twins, on any bytes, and what the folding makes equal."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.dedupe import plain
from rewarm.data.dedupe.gram_sets import gram_sets, of_bytes

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
    "\ufeff",
]
TEXTS = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.sampled_from(PIECES), max_size=60).map(lambda parts: "".join(parts).encode()),
)


@given(st.lists(TEXTS, max_size=6), st.integers(1, 7))
def test_any_bytes_have_the_plain_grams_and_hash(contents: list[bytes], size: int) -> None:
    offsets = np.cumsum([0, *map(len, contents)]).astype(np.int64)
    sets = of_bytes(np.frombuffer(b"".join(contents), np.uint8), offsets, size)
    starts = sets.starts
    for number, content in enumerate(contents):
        whole, grams = plain.gram_set(content, size)
        assert sets.exact[number] == whole
        first = starts[number]
        assert sets.grams[first : first + sets.counts[number]].tolist() == grams
    ends = np.cumsum(sets.token_counts)
    for end, count, content in zip(ends, sets.token_counts, contents, strict=True):
        assert sets.tokens[end - count : end].tolist() == plain.vocabulary(content)


def test_every_character_is_of_the_kind_that_the_plain_twin_says() -> None:
    blocks = [range(0xD800), range(0xE000, 0x10100), range(0x1EFF0, 0x1FB10), range(0x1FFF0, 0x20010)]
    contents = [f"a{chr(code)}b {chr(code)}".encode() for block in blocks for code in block]
    offsets = np.cumsum([0, *map(len, contents)]).astype(np.int64)
    sets = of_bytes(np.frombuffer(b"".join(contents), np.uint8), offsets, 1)
    for number, (start, content) in enumerate(zip(sets.starts, contents, strict=True)):
        found = sets.exact[number], sets.grams[start : start + sets.counts[number]].tolist()
        assert found == plain.gram_set(content, 1), content


@given(st.lists(st.text(max_size=30), max_size=8), st.integers(1, 4))
def test_slices_and_chunks_change_nothing(texts: list[str], cut: int) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    whole = gram_sets(pa.chunked_array([pa.array(texts, pa.string())]), 3)
    array = pa.array([*texts, "left out"], pa.large_string())
    chunks = [array.slice(start, min(cut, len(texts) - start)) for start in range(0, len(texts), cut)]
    cut_up = gram_sets(pa.chunked_array(chunks, pa.large_string()), 3)
    for name in ("exact", "counts", "grams"):
        assert np.array_equal(getattr(whole, name), getattr(cut_up, name))


def exact(text: str) -> int:
    return int(gram_sets(pa.chunked_array([[text]]), 5).exact[0])


def test_case_width_and_spacing_fold_and_nothing_else() -> None:
    assert exact("Ａ b\u3000c") == exact(" a  B\nc ") == exact("a\u200b b c")
    assert (
        len({exact(text) for text in ("a b", "ab", "a, b", "a. b", "b a", "a b.", "á b", "甲 乙", "甲乙")})
        == 9
    )


def test_chinese_counts_by_character_and_english_by_word() -> None:
    sets = gram_sets(
        pa.chunked_array([["人民法院应当受理", "one two three four five six", "too short", ""]]), 5
    )
    assert sets.counts.tolist() == [4, 2, 1, 0]
