"""Keys that decide what counts as the same text."""

from rewarm.text.text_keys import text_hash


def test_case_width_and_spacing_are_folded_and_nothing_else() -> None:
    same = ["The  Law\n1", "the law 1", "ｔｈｅ　ｌａｗ　１", "THE LAW 1 "]
    assert len({text_hash(text) for text in same}) == 1
    assert len({text_hash(text) for text in ["the law 1", "the law, 1", "thelaw 1", "the law 2"]}) == 4


def test_keys_are_the_same_on_every_machine() -> None:
    assert text_hash("合同 Contract") == text_hash("合同  contract")
    assert f"{text_hash('rewarm'):016x}" == "0c861b322ea03806"
