"""Repair and rules on texts as they come."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rewarm.data.clean.rules import broken_rule, measure, repair, repair_masked
from rewarm.recipe import Clean

RULES = {name: limit for name, limit in Clean().model_dump(mode="json").items() if name != "repair_unicode"}
PLAIN = "The tenant pays the rent on the first day of the month, unless both agree otherwise.\n"


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


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Too short.", "min_chars"),
        ("#$%^&*=+~|<>{}@" * 5 + "words between the signs", "max_symbol_ratio"),
        ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 sum", "min_letter_ratio"),
        ("see https://example.com/a/very/long/path?with=query and www.example.org", "max_url_ratio"),
        (PLAIN * 5, "max_repeated_line_ratio"),
    ],
)
def test_each_rule_drops_what_it_is_for(text: str, rule: str) -> None:
    broken = broken_rule(measure(text), RULES)
    assert broken is not None and broken[0] == rule
    assert broken[2] == RULES[rule]


def test_prose_passes_in_both_languages() -> None:
    for text in (PLAIN, "当事人应当按照约定全面履行自己的义务，不得擅自变更或者解除合同。"):
        assert broken_rule(measure(text), RULES) is None
        assert measure(text).letter_ratio > 0.7


def test_longer_prose_has_the_better_quality() -> None:
    many = "".join(PLAIN.replace("first", f"{number}th") for number in range(20))
    assert measure(many).quality > measure(PLAIN).quality > measure("1 2 3 4 5 # # #").quality
