"""Unicode repair, and masks that follow it."""

from hypothesis import example, given
from hypothesis import strategies as st

from rewarm.data.clean.repair import repair, repair_masked


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
