"""Keys that decide what counts as the same text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus.text_keys import gram_hashes, text_hash

WORDS = st.lists(st.sampled_from(["law", "court", "法", "院", "b2", "the"]), max_size=30)


@given(WORDS)
def test_grams_are_the_distinct_runs_of_five_tokens(words: list[str]) -> None:
    tokens = [letter for word in words for letter in ([word] if word.isascii() else list(word))]
    size = min(5, len(tokens))
    expected = {tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1)} if tokens else set()
    found = gram_hashes(" ".join(words))
    assert len(found) == len(expected)
    assert np.array_equal(found, np.unique(found))


def test_each_han_character_is_a_token() -> None:
    assert len(gram_hashes("人民法院依法受理案件")) == 6
    assert np.isin(gram_hashes("人民法院依"), gram_hashes("最高人民法院依法")).all()


def test_case_width_and_spacing_are_folded_and_nothing_else() -> None:
    same = ["The  Law\n1", "the law 1", "ｔｈｅ　ｌａｗ　１", "THE LAW 1 "]
    assert len({text_hash(text) for text in same}) == 1
    assert len({text_hash(text) for text in ["the law 1", "the law, 1", "thelaw 1", "the law 2"]}) == 4


def test_keys_are_the_same_on_every_machine() -> None:
    assert text_hash("合同 Contract") == text_hash("合同  contract")
    assert f"{text_hash('rewarm'):016x}" == "0c861b322ea03806"
