"""The score of a text's domain: right on clean text, on damaged text, and with unequal sides."""

import random

import pytest
from command_line import WORDS
from tenancy import chinese, english

from rewarm.classify.domain import LEAST, MOST, damaged, domain_scores, of_domain


def goods(number: int) -> str:
    rng = random.Random(f"goods {number}")
    kinds = ["apples", "pears", "carpets", "lamps", "kettles", "spades", "ladders", "blankets"]
    return " ".join(
        f"The shop sold {rng.randint(10, 900)} {rng.choice(kinds)} and the {rng.choice(WORDS)} for "
        f"{rng.randint(2, 99)} crowns on {rng.randint(1, 28)} March {rng.randint(1990, 2020)}."
        for _ in range(12)
    )


def rows(digit: str, texts: list[str]) -> list[tuple[str, str]]:
    return [(f"{digit}{number:019}", text) for number, text in enumerate(texts)]


def ruined(text: str, share: float, seed: int) -> str:
    """Other damage than the classifier learns: letters become digits and strokes, lines are torn."""
    rng = random.Random(seed)
    return "".join(
        rng.choice("1|~\ufffd") if char.isalpha() and rng.random() < share else char for char in text
    )


@pytest.mark.parametrize("law", [english, chinese])
def test_damaged_text_keeps_its_domain(law):
    inside = rows("a", [law(number) for number in range(60)])
    outside = rows("b", [goods(number) for number in range(400)])
    classifier = of_domain(inside, outside, seed=0)
    assert classifier is not None
    for share in (0.0, 0.1, 0.2):
        mine = domain_scores(classifier, [ruined(law(100 + n), share, n) for n in range(30)])
        others = domain_scores(classifier, [ruined(goods(500 + n), share, n) for n in range(30)])
        assert (mine > 0.5).mean() > 0.9 and (others < 0.5).mean() > 0.9, share


def test_text_without_any_word_of_either_side_is_undecided():
    inside = rows("a", [english(number) for number in range(40)])
    outside = rows("b", [goods(number) for number in range(400)])
    classifier = of_domain(inside, outside, seed=0)
    assert classifier is not None
    assert 0.2 < domain_scores(classifier, ["zyx wvut srqp onml " * 30])[0] < 0.8


def test_too_few_texts_give_no_score():
    many = rows("b", [goods(number) for number in range(40)])
    assert of_domain(many[: LEAST - 1], many, 0) is None and of_domain(many, many[: LEAST - 1], 0) is None
    assert of_domain(many[:LEAST], many[LEAST:], 0) is not None


def test_damage_is_between_its_shares_and_repeats():
    text = "abcdefghij klmnopqrst " * 200
    assert damaged(text, random.Random(3)) == damaged(text, random.Random(3)) != text
    for seed in range(20):
        found = damaged(text, random.Random(seed))
        lost = 1 - sum(found.count(letter) for letter in "abdefghjklmpqrst") / (16 * 200)
        assert 0.03 < lost < 0.38 and found.count(" ") < 400
    assert damaged("12 34", random.Random(0)).replace(" ", "") == "1234"


def test_only_so_many_texts_are_learnt():
    inside = rows("a", ["law of tenancy " * 5] * (MOST + 50))
    outside = rows("b", ["list of goods " * 5] * (MOST + 50))
    classifier = of_domain(inside, outside, 0)
    assert classifier is not None
    assert classifier.held_out.trained + classifier.held_out.documents <= 4 * MOST
