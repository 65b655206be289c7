"""Free answers are matched to options, and not to a wrong one."""

import pytest

from rewarm.evaluate.reform.option_match import matched

GASES = ("oxygen", "carbon dioxide", "carbon monoxide")


@pytest.mark.parametrize(
    ("answer", "options", "position"),
    [
        ("Carbon dioxide.", GASES, 1),
        (" oxygen\nQuestion: and then?", GASES, 0),
        ("It is carbon dioxide, of course", GASES, 1),
        ("carbon dioxid", GASES, 1),
        ("carbon", GASES, None),
        ("oxygen or carbon dioxide", GASES, None),
        ("helium", GASES, None),
        ("", GASES, None),
        ("not", ("no", "none"), None),
        ("是房屋。", ("房屋", "汽车"), 0),
        ("heavy rain", ("rain", "heavy rain"), 1),
        ("-5", ("5", "-5"), 1),
    ],
)
def test_answer_is_matched(answer: str, options: tuple[str, ...], position: int | None) -> None:
    assert matched(answer, options) == position
