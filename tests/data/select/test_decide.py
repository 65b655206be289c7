"""Which rule a document breaks, by its measures, its language and its source."""

from typing import Any

import numpy as np
import pytest

from rewarm.data.clean.plain import measure
from rewarm.data.select.decide import broken
from rewarm.recipe import Select

PROSE = "The tenant pays the rent on the first day of the month, unless both of them agree otherwise. "
LAW = "当事人应当按照约定全面履行自己的义务，不得擅自变更或者解除合同。"


def first(text: str, language: str | None = None, rules: str = "all", **changes: Any) -> str | None:
    measures = {name: np.array([value]) for name, value in measure(text).items()}
    measures["removed_ratio"] = np.zeros(1)
    which, names = broken(measures, language, Select(**changes).model_dump(), rules)
    return names[which[0]][0] if which[0] >= 0 else None


def on(**changes: Any) -> dict[str, Any]:
    return {"enabled": True, **changes}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Too short.", "min_chars"),
        ("#$%^&*=+~|<>{}@" * 5 + "words between the signs", "max_symbol_ratio"),
        ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 sum", "min_letter_ratio"),
        ("see https://example.com/a/very/long/path?with=query and www.example.org", "max_url_ratio"),
        ((PROSE + "\n") * 5, "max_dup_line_chars"),
        (
            "| valve | pressure | unit |\n" + "| inner one | seven | bar |\n| other one | eight | mbar |",
            "max_format_ratio",
        ),
    ],
)
def test_each_basic_rule_drops_what_it_is_for(text: str, rule: str) -> None:
    assert first(text) == f"rules.{rule}"
    assert first(text, **{rule: None}) is None or first(text, **{rule: None}) != f"rules.{rule}"
    assert first(text, rules="none") is None


def test_prose_passes_in_both_languages() -> None:
    assert first(PROSE) is None and first(LAW) is None


def test_families_speak_of_their_scripts_only() -> None:
    families = {"gopher_quality": on(), "c4": on()}
    assert first(LAW * 4, **families) is None
    assert first(PROSE * 2, **families) == "gopher_quality.min_words"
    assert first(PROSE * 4, rules="basic", **families) is None
    web = {"chinese_web": on()}
    assert first(LAW * 4, **web) == "chinese_web.min_chars"
    assert first(PROSE * 4, **web) is None
    assert first(PROSE * 4, "zh", **web) == "chinese_web.min_han_ratio"


def test_stop_words_are_asked_of_english_only() -> None:
    german = (
        "Der Mieter zahlt die Miete am ersten Tag des Monats, sofern beide nichts anderes vereinbaren. " * 5
    )
    assert first(german, "en", gopher_quality=on()) == "gopher_quality.min_stop_words"
    assert first(german, "de", gopher_quality=on()) is None
