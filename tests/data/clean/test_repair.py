"""Unicode repair, and masks that follow it."""

import re
import tracemalloc
from itertools import product

import ftfy
from ftfy.badness import is_bad
from hypothesis import example, given
from hypothesis import strategies as st

from rewarm.data.clean.repair import QUIET, chosen, mended, repair, repair_masked, tidied


@given(st.text())
@example("a\r\n\r\n\r\n\r\nb \x00")
@example("schÃ¶n")
def test_repairing_twice_changes_nothing_more(text: str) -> None:
    once = repair(text)
    assert repair(once) == once or repair(repair(once)) == repair(once)


@given(st.text(alphabet=st.sampled_from("a法\0 \t\n\r\u3000Ã¶\u200b"), max_size=30))
def test_following_masks_repairs_as_without(text: str) -> None:
    assert repair_masked(text, []) == (repair(text), [])
    whole = repair_masked(text, [(0, len(text))] if text else [])
    assert whole[0] == repair(text)
    assert whole[1] == ([(0, len(whole[0]))] if whole[0] else [])


def test_masks_follow_their_characters() -> None:
    text = "客服：您好！ \r\n\r\n\r\n\r\n用户：schÃ¶n\0。\n"
    canned = (3, 6)
    fixed, spans = repair_masked(text, [canned, (text.index("s"), text.index("。"))])
    assert fixed == "客服：您好！\n\n用户：schön。"
    assert [fixed[start:end] for start, end in spans] == ["您好！", "schön"]


def test_mojibake_is_mended_and_chinese_punctuation_stays() -> None:
    assert repair("schÃ¶n") == "schön"
    chinese = "第一条　“合同”是（当事人）约定；１００％，见《民法典》。"
    assert repair(chinese) == chinese


@given(
    st.lists(
        st.one_of(st.text(max_size=9), st.sampled_from(["a b", "schÃ¶n", "\r", "\r\n", "\n", "\x1b[1m"]))
    )
)
def test_lines_that_ftfy_does_not_see_are_those_it_leaves(parts: list[str]) -> None:
    text = "".join(parts)
    whole = ftfy.fix_text(text, uncurl_quotes=False, fix_character_width=False, unescape_html=False)
    assert mended(text) == whole


def test_no_mojibake_is_made_of_quiet_characters_only() -> None:
    """Up to four of them: longer matches of ftfy's pattern name their letters, all of them not quiet."""
    some = "aZ 0.?\n-·‘’“”–—…法あ（"
    assert re.fullmatch(f"[{QUIET}]*", some)
    assert not any(is_bad("".join(group)) for group in product(some, repeat=4))


@given(
    st.text(alphabet=st.sampled_from("a法Ãâ€™œé°²“”…·ÐŸРС\u00a0\u0301e\u2028ﬁ\x85—かﾞ\u3099ｶ"), max_size=12)
)
def test_lines_of_suspicious_characters_are_as_ftfy_mends_them(text: str) -> None:
    whole = ftfy.fix_text(text, uncurl_quotes=False, fix_character_width=False, unescape_html=False)
    assert mended(text) == whole


def test_a_long_line_costs_few_bytes_a_character() -> None:
    text = "a\0" + "b" * 1_000_000 + " \n\n\n\n" + "c"
    tracemalloc.start()
    left = chosen(text, tidied(text))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left == "ab" + "b" * 999_999 + "\n\nc"
    assert peak < 16 * len(text)
