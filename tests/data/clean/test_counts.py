"""The compiled measures say what the plain ones say, on any text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus import characters
from rewarm.data.clean import plain
from rewarm.data.clean.counts import MEASURES, measure_all

_PIECES = [
    "the", "be", "a", "合同", "法", "\n", "\n\n", " ", "  ", "\t", "...", "…", "#", "http://x.y/z", "www.a",
    "{", "}",    "<b>", "</a", ">", "<", "|", '"k": 1', ".", "。", "!", "?!", "- x", "• y", "—", "12",
    "½", "\u3000", "\u200b",
    "same words again and again", "第一条", "\ud800", "\x00", "\x1c", "😀", "-----", "[", "]", "http", "w",
]  # fmt: skip


def measured(texts: list[str]) -> list[dict[str, float]]:
    codes, offsets = characters.code_points(texts)
    out = np.empty((len(texts), len(MEASURES)))
    measure_all(codes, offsets, characters.flags(), out)
    return [dict(zip(MEASURES, row.tolist(), strict=True)) for row in out]


@given(st.lists(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join), min_size=1, max_size=3))
def test_compiled_and_plain_agree(texts: list[str]) -> None:
    for text, found in zip(texts, measured(texts), strict=True):
        expected = plain.measure(text)
        wrong = {
            name: (found[name], expected[name])
            for name in MEASURES
            if not np.isclose(found[name], expected[name])
        }
        assert not wrong


@given(st.text(st.characters(codec=None), max_size=200))
def test_they_agree_on_any_characters(text: str) -> None:
    (found,) = measured([text])
    expected = plain.measure(text)
    wrong = {
        name: (found[name], expected[name])
        for name in MEASURES
        if not np.isclose(found[name], expected[name])
    }
    assert not wrong
