"""The compiled measures say what the plain ones say, on any text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.clean import plain
from rewarm.data.clean.counts import measured
from rewarm.data.clean.measures import MEASURES

_PIECES = [
    "the", "be", "a", "合同", "法", "\n", "\n\n", " ", "  ", "\t", "...", "…", "#", "http://x.y/z", "www.a",
    "{", "}",    "<b>", "</a", ">", "<", "|", '"k": 1', ".", "。", "!", "?!", "- x", "• y", "—", "12",
    "½", "\u3000", "\u200b",
    "same words again and again", "第一条", "展开", "更多", "readmore", "。。。", "的", "月", "·", "【", "】",
    "；", "“", "＃", "##", "※ x", "：", "……", "□", "\ue000", "当事人应当按照约定", "２", "Ⅷ", "〇", "_",
    "\ud800", "\x00", "\x1c", "😀", "-----", "[", "]", "http", "w",
]  # fmt: skip


def differing(texts: list[str]) -> list[tuple[str, str, float, float]]:
    """(text, measure, compiled, plain) wherever the two do not agree."""
    columns = measured(texts)
    found = []
    for at, text in enumerate(texts):
        expected = plain.measure(text)
        for name in MEASURES:
            if not np.isclose(columns[name][at], expected[name]):
                found.append((text, name, columns[name][at], expected[name]))
    return found


@given(st.lists(st.lists(st.sampled_from(_PIECES), max_size=40).map("".join), min_size=1, max_size=3))
def test_compiled_and_plain_agree(texts: list[str]) -> None:
    assert not differing(texts)


@given(st.text("合同 a", max_size=120), st.integers(1, 3))
def test_they_agree_on_what_repeats(text: str, times: int) -> None:
    assert not differing([text * times, " ".join(text) * times])


@given(st.text("。更多：开展x", min_size=1, max_size=8), st.sampled_from([0, 4, 5, 6, 495, 500, 501]))
def test_they_agree_on_how_lines_end(end: str, before: int) -> None:
    assert not differing(["法" * max(0, before - len(end)) + end + "\n 。"])


@given(st.text(st.characters(codec=None), max_size=200))
def test_they_agree_on_any_characters(text: str) -> None:
    assert not differing([text])
