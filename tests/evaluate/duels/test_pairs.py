"""Which pairs are judged: near-identical answers are not, a changed meaning always is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.evaluate.duels.answers import Item
from rewarm.evaluate.duels.pairs import Pair, near_identical, opponents

LONG = (
    "The tenant pays the deposit to the landlord, who returns it when the lease ends and the keys are back. "
    * 5
)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Yes, it  is.\n", "Yes, it is.", True),
        ("THE TITLE", "The Title", False),  # case may be what was asked for,
        ("ＡＢＣ１２", "ABC12", True),
        ("**Bold** text", "Bold text", False),
        (LONG, LONG.replace("keys", "papers", 1), True),
        (LONG, LONG.replace("keys", "papers"), False),
        (f"{LONG} 450 pounds", f"{LONG} 451 pounds", False),
        (LONG, LONG.replace("returns", "never returns", 1), False),
        (f"{LONG}她是", f"{LONG}她不是", False),
        ("x = a + b", "x = a - b", False),
        ("Yes", "No", False),
        ("甲应当返还押金。" * 40, "甲应当返还押金。" * 39 + "甲应当返还押金！", True),
        ("甲", "乙", False),
    ],
)
def test_near_identical(one: str, other: str, same: bool) -> None:
    assert near_identical(one, other, 0.97) is same
    assert near_identical(other, one, 0.97) is same


@given(st.text())
def test_every_text_is_near_identical_to_itself(text: str) -> None:
    assert near_identical(text, text, 1.0)


def test_threshold_1_still_joins_what_differs_in_spacing_only() -> None:
    assert near_identical("a  b", "a b", 1.0) and not near_identical(LONG, LONG + "a", 1.0)


@pytest.mark.parametrize(
    ("prompt", "language"),
    [
        ("什么是合同？", "zh"),
        ("What is 合同?", "en"),
        ("", "en"),
        ("用 Python 写一个快速排序函数", "zh"),
        ("これは何ですか", "en"),
    ],
)
def test_language_of_a_prompt(prompt: str, language: str) -> None:
    assert Pair(Item("1", prompt, {}), "a", "b", "").language == language


def test_opponents() -> None:
    models = ["a", "b", "c"]
    assert opponents(models, "b", "base") == [("a", "b"), ("c", "b")]
    assert opponents(models, "a", "all") == [("b", "a"), ("c", "a"), ("c", "b")]
