"""Answers are matched as numbers where the gold is one, else by their first line without marks and case."""

import pytest

from rewarm.evaluate.score.exact_match import matches


@pytest.mark.parametrize(
    ("answer", "accepted", "right"),
    [
        ("She has 3 + 4 = 7 apples.", "7", True),
        ("So 7, and then 8", "7", False),
        ("1,200 in all", "1200", True),
        ("= 12.0", "12", True),
        ("−5 degrees", "-5", True),
        ("１２", "12", True),
        ("none", "7", False),
        (" Paris. ", "paris", True),
        ("Paris\nQuestion: and Rome?", "Paris", True),
        ("In Paris", "Paris", False),
        ("the Louvre, Paris", "The Louvre Paris", True),
        ("[正确答案]BC<eoa>", "正确答案：BC。", True),
        ("[正确答案]B<eoa>", "正确答案：BC。", False),
        ("", "Paris", False),
        ("...", "!", False),
    ],
)
def test_an_answer_is_compared_by_what_it_says(answer: str, accepted: str, right: bool) -> None:
    assert matches(answer, [accepted]) is right
    assert matches(answer, ["not this", accepted]) is right
