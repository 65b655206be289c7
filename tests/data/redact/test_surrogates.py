"""Surrogates: valid, of the same form, the same for the same value under one key."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measure import rows

from rewarm.data.redact.keyed import key_of
from rewarm.data.redact.surrogates import canonical, surrogate
from rewarm.pii.name_lists import FEMALE, MEN, WOMEN
from rewarm.pii.numbers import identity_check, is_iban, looks_like_identity, luhn

KEY = key_of(1, "a")
VALUES = sorted({(kind, text[start:end]) for text, spans in rows() for start, end, kind in spans})


def _shape(text: str) -> str:
    for letters, one in (("[0-9]", "0"), ("[a-z]", "a"), ("[A-Z]", "A"), ("[\u4e00-\u9fff]", "字")):
        text = re.sub(letters, one, text)
    return text


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_another_value_of_the_same_form(kind: str, value: str) -> None:
    made = surrogate(KEY, kind, value)
    assert made != value and made == surrogate(KEY, kind, value)
    if kind not in ("name", "address"):
        shape = [_shape(text) for text in (made, value)]
        assert len(made) == len(value)
        # Letters and digits keep their places, but for the X of an identity number.
        assert shape[0] == shape[1] or kind in ("identity", "card", "plate", "phone")
    if kind == "name" and re.fullmatch("[\u4e00-\u9fff]+", value):
        assert len(made) == len(value)
    assert kind in ("name", "address") or not set(re.findall("[0-9]{6,}", value)) & set(
        re.findall("[0-9]{6,}", made)
    )


def test_identity_keeps_region_century_and_gender_and_its_check() -> None:
    for scope in range(50):
        made = surrogate(key_of(1, str(scope)), "identity", "110105199208153372")
        assert looks_like_identity(made) and identity_check(made[:17]) == made[17]
        assert made[:4] == "1101" and abs(int(made[6:10]) - 1992) <= 2 and int(made[16]) % 2 == 1


def test_cards_keep_issuer_and_check() -> None:
    made = surrogate(KEY, "card", "4539 1488 0343 6467")
    assert re.fullmatch("4539 [0-9]{4} [0-9]{4} [0-9]{4}", made) and luhn(made.replace(" ", ""))
    assert is_iban(surrogate(KEY, "card", "GB82 WEST 1234 5698 7654 32").replace(" ", ""))


def test_one_number_in_two_forms_is_one_number() -> None:
    forms = ["13800138000", "138-0013-8000", "138 0013 8000"]
    made = {re.sub("[^0-9]", "", surrogate(KEY, "phone", form)) for form in forms}
    assert len(made) == 1 and made.pop().startswith("138")


def test_parts_of_a_name_stay_one_person() -> None:
    whole, family = surrogate(KEY, "name", "张伟"), surrogate(KEY, "name", "张")
    assert whole[0] == family
    assert surrogate(KEY, "name", "John Smith").split() == [
        surrogate(KEY, "name", "John"),
        surrogate(KEY, "name", "Smith"),
    ]


def test_gender_goes_along() -> None:
    assert all(surrogate(key_of(1, str(n)), "name", "Mary Hill").split()[0] in WOMEN for n in range(30))
    assert all(surrogate(key_of(1, str(n)), "name", "Robert Hill").split()[0] in MEN for n in range(30))
    assert all(surrogate(key_of(1, str(n)), "name", "王丽娜")[-1] in FEMALE for n in range(30))


def test_other_keys_give_other_values_and_none_becomes_frequent() -> None:
    for kind, value in (
        ("phone", "13800138000"),
        ("name", "欧阳娜娜"),
        ("email", "wang@qq.com"),
        ("name", "Sarah Miller"),
    ):
        made = Counter(surrogate(key_of(1, str(n)), kind, value) for n in range(2000))
        assert max(made.values()) <= 12, (kind, made.most_common(3))


def test_what_is_to_be_avoided_is_avoided() -> None:
    first = surrogate(KEY, "phone", "13800138000")
    assert surrogate(KEY, "phone", "13800138000", frozenset({first})) not in (first, "13800138000")


@given(st.sampled_from(VALUES))
def test_a_form_that_says_nothing_is_found_by_nobody(item: tuple[str, str]) -> None:
    from rewarm.pii import find

    kind, value = item
    made = canonical(kind, value)
    assert made != value and not find(f"您好，{made}，谢谢。") and canonical(kind, made) == made


@pytest.mark.parametrize("blank", ["\xa0", "\u200b", "\xad", "\u3000", " ", "-"])
def test_blanks_of_any_width_in_an_iban(blank: str) -> None:
    value = blank.join(["DE89", "3704", "0044", "0532", "0130", "00"])
    made = surrogate(KEY, "card", value)
    assert made != value and made.count(blank) == 5 and made.startswith("DE")
