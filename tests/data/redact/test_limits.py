"""What decides at the edges: a text's start, odd spaces, a sign beside a number, the last of many persons."""

from itertools import product

import pytest

from rewarm.pii import find


def _values(text: str) -> list[str]:
    return [text[item.start : item.end] for item in find(text)]


@pytest.mark.parametrize("sign", ["$", "#", "_", "/"])
def test_an_identifier_at_the_start_of_a_text_is_no_name(sign: str) -> None:
    assert _values("Jennifer Walsh called.") == ["Jennifer Walsh"]
    assert _values(f"{sign}Jennifer Walsh called.") == []


@pytest.mark.parametrize("space", ["\xa0", "\u2007", "\u202f", "\u2009"])
def test_any_space_separates_the_groups_of_a_number(space: str) -> None:
    assert _values(f"打138{space}0013{space}8000吧") == [f"138{space}0013{space}8000"]


@pytest.mark.parametrize("number", ["138 00138000", "138 001 38000", "138-001-38000", "+49 30 1234"])
def test_numbers_of_few_digits_or_in_unusual_groups(number: str) -> None:
    assert _values(f"打{number}吧") == [number]


def test_an_amount_is_no_phone_number() -> None:
    assert _values("Call 4155552671 now") == ["4155552671"]
    assert _values("Total US$4155552671 now") == []
    assert _values("合计￥13800138000，") == []


def test_a_card_has_thirteen_digits_at_least_and_no_decimals() -> None:
    assert _values("信用卡号4222222222222。") == ["4222222222222"]
    assert _values("Card 4539148803436467. Then") == ["4539148803436467"]
    assert _values("Card 4539148803436467.5 kg") == []


def test_a_letter_that_grows_in_small_letters_moves_no_name() -> None:
    text = "Hello İstanbul! Dear Jennifer Walsh, the desk asked for WALSH again."
    assert _values(text) == ["Jennifer Walsh", "WALSH"]


@pytest.mark.parametrize("name", ["刘雨桐", "曾经理"])
@pytest.mark.parametrize("dash", ["—", "——", "--"])
def test_a_signature_follows_a_dash_of_any_kind(dash: str, name: str) -> None:
    assert _values(f"他走了，祝好。{dash}{name}\n") == [name]


@pytest.mark.parametrize("text", ["ok - mr kowalczyk called", "dear mr kowalczyk, thanks"])
def test_a_title_in_small_letters_counts_right_behind_a_greeting(text: str) -> None:
    assert _values(text) == ["kowalczyk"]


def test_an_age_in_brackets_describes_a_person() -> None:
    assert _values("昨天遇见沈怀瑾（3岁）了。") == ["沈怀瑾"]


def test_a_second_table_below_a_blank_line_is_read() -> None:
    text = "姓名,电话\n柏芊蔚,13800138000\n\n姓名,电话\n冼若谷,13900139000\n"
    assert _values(text) == ["柏芊蔚", "13800138000", "冼若谷", "13900139000"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Patient: Frank Walsh May called", ["Frank Walsh May"]),
        ("Hi Wei Nguyen White\n", ["Wei Nguyen White"]),
        ("We know that patient: Anna is here.", ["Anna"]),
        ("The nurse and Priya Dawn, who left", ["Priya Dawn"]),
        ("Thanks, Paris\n", []),
        ("I called Jack Van Lee Inc", []),
        ("Hello Will Market Frank Hospital", []),
    ],
)
def test_words_of_several_kinds_make_a_whole_name_or_none(text: str, names: list[str]) -> None:
    assert _values(text) == names


def test_the_first_two_hundred_persons_are_found_again() -> None:
    given = [
        "".join(pair) for pair in product("芊蔚若谷怀璟玥笙珩芮翊", "瑾梓萱珺琰瑄澍滢婳祎霁璐妍泠沅媛姝晗筠")
    ]
    labelled = "".join(f"姓名：冯{name}\n" for name in given[:201])
    for name, again in ((given[199], [given[199]]), (given[200], [])):
        assert _values(f"{labelled}\n把钥匙交给{name}。")[201:] == again
