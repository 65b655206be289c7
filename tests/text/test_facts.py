"""Facts in one form, kept and invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.text.facts import chinese_number, facts, invented, kept

ALL = ("numbers", "dates", "citations", "names")


@pytest.mark.parametrize(
    "texts",
    [
        ("2020-05-03", "3 May 2020", "May 3rd, 2020", "2020年5月3日", "on the 3rd of May 2020", "2020/5/3"),
        ("12,000", "12 000", "12000", "一万二千", "12000.00"),
        ("第一百二十条", "第120条", "Article 120", "art. 120"),
        ("section 21.4", "§ 21.4", "Sec. 21.4"),
        ("arXiv:2409.07431", "arxiv: 2409.07431"),
        ("ISO 9001", "ISO-9001"),
        ("Smith et al. (2019)", "(Smith and Jones, 2019)", "Smith, 2019)"),
    ],
)
def test_one_fact_in_many_forms(texts: tuple[str, ...]) -> None:
    first, *others = (facts(text) for text in texts)
    for other in others:
        assert first.dates == other.dates and first.citations == other.citations
        assert first.numbers == other.numbers


@given(st.integers(11, 10**9))
def test_chinese_numerals_are_read(number: int) -> None:
    def written(value: int) -> str:
        digits = "零一二三四五六七八九"
        if value >= 10**8:
            return written(value // 10**8) + "亿" + (written(value % 10**8) if value % 10**8 else "")
        if value >= 10**4:
            return written(value // 10**4) + "万" + (written(value % 10**4) if value % 10**4 else "")
        found = ""
        for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit, value = value // size, value % size
            if digit:
                found += digits[digit] + unit
            elif found and value:
                found = found.rstrip("零") + "零"
        return found

    assert chinese_number(written(number)) == number


def test_years_are_digits_in_a_row() -> None:
    assert chinese_number("二〇二四") == 2024


ORIGIN = (
    "On 3 May 2020 the Harrow County Court ordered the tenant to pay 12,000 pounds under section 21 of "
    "the Housing "
    "Act [4]. The NHS paid 3.5 per cent."
)


@pytest.mark.parametrize(
    "derived",
    [
        "The Harrow County Court, in its order of 2020-05-03, awarded 12000 pounds (§ 21 Housing Act) [4].",
        "In May 2020 a court ordered payment. In 2020 the NHS paid 3.50 per cent.",
        "The county court of Harrow ordered it; two tenants, one landlord.",
        "1. The tenant pays.\n2. The court orders.\n3. The NHS pays.\n7) Done.",
    ],
)
def test_what_the_origin_says_is_not_invented(derived: str) -> None:
    assert invented(facts(ORIGIN), ORIGIN, facts(derived), ALL) == []


@pytest.mark.parametrize(
    ("derived", "fact"),
    [
        ("The tenant paid 13,000 pounds.", "number:13000"),
        ("It was on 4 May 2020.", "date:2020-05-04"),
        ("See section 22.", "section:22"),
        ("As Miller (2018) says.", "author:miller 2018"),
        ("It went to the Court of Session in Edinburgh Castle.", "name:Edinburgh Castle"),
        ("The rate was 3.6 per cent, not 3.5.", "number:3.6"),
    ],
)
def test_what_it_does_not_say_is(derived: str, fact: str) -> None:
    assert fact in invented(facts(ORIGIN), ORIGIN, facts(derived), ALL)


def test_the_share_that_is_kept() -> None:
    origin = facts(ORIGIN)
    assert kept(origin, ORIGIN, origin) == 1
    half = "The Harrow County Court ordered 12,000 pounds."
    assert 0.2 < kept(origin, half, facts(half)) < 0.6
    assert kept(facts("Nothing here."), "", facts("")) == 1


@given(st.text(max_size=400))
def test_any_text_has_its_own_facts(text: str) -> None:
    found = facts(text)
    assert kept(found, text, found) == 1
    assert invented(found, text, found, ALL) == []


def test_each_kind_in_its_form() -> None:
    found = facts(
        "See ISO 9001 and SECTION 21A, doi 10.1000/xyz.123, https://example.org/a_b. 根据《民法典》，"
        "北京市第一中级人民法院判决。一方面，千万不要忘记三十天。"
    )
    assert found.citations == {
        "code:ISO-9001", "section:21a", "doi:10.1000/xyz.123", "url:https://example.org/a_b", "title:民法典",
    }  # fmt: skip
    assert "number:30" in found.numbers and "number:1" not in found.numbers
    assert "name:北京市第一中级人民法院" in found.names or "name:中级人民法院" in found.names


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("2020-12-31", {"date:2020-12-31"}),
        ("2020-13-05", set()),
        ("2020-12-32", set()),
        ("31 December 2020", {"date:2020-12-31"}),
        ("2020年", {"date:2020"}),
        ("2020年5月", {"date:2020-05"}),
        ("in 2020 and 5 May", set()),
    ],
)
def test_dates_are_dates(text: str, dates: set[str]) -> None:
    assert facts(text).dates == dates


def test_citations_are_no_numbers_too() -> None:
    assert facts("section 21 and 第30条 and [4] and Article 5").numbers == set()


@pytest.mark.parametrize(
    ("number", "text", "there"),
    [
        ("12", "it is 112", False),
        ("12", "it is 12", True),
        ("12", "12.5 per cent", False),
        ("12", "12.", True),
    ],
)
def test_a_number_is_kept_only_whole(number: str, text: str, there: bool) -> None:
    origin = facts(f"The limit is {number} metres.")
    assert (kept(origin, text, facts("")) == 1) == there
