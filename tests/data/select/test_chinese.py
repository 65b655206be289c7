"""Each rule of the Chinese families alone: the last text that it keeps and the first that it drops."""

from typing import Any

import numpy as np
import pytest

from rewarm.data.clean.plain import measure
from rewarm.data.select.decide import broken
from rewarm.recipe import Select

FAMILIES = ("map_cc", "fineweb2_chinese", "roots_chinese", "chinese_c4", "mnbvc")
LAW = "当事人应当按照约定全面履行自己的义务，不得擅自变更或者解除合同。"
# A thousand different Han characters.
HAN = "".join(map(chr, range(0x4E00, 0x4E00 + 1000)))


def standing(run: int, times: int) -> str:
    """A thousand characters; the first few stand so often, between others that stand once."""
    text = "".join(HAN[:run] + HAN[100 + at] for at in range(times))
    return text + HAN[-(1000 - len(text)) :]


def lines(whole: int, part: int, is_: str, other: str) -> str:
    """So many lines, each different, of which a part is of one kind: `{}` is what tells them apart."""
    return "\n".join((is_ if at < part else other).format(HAN[at]) for at in range(whole))


def top(run: int, bound: float) -> tuple[str, str]:
    often = int(1000 * bound / run)
    return standing(run, often), standing(run, often + 1)


def duplicated(run: int, bound: float) -> tuple[str, str]:
    often = int(1000 * bound / run)
    return standing(run, often + 1), standing(run, often + 2)


# (family, field) → kept, dropped.
CASES: dict[tuple[str, str], tuple[str, str]] = {
    ("map_cc", "min_chars"): (HAN[:50], HAN[:49]),
    ("map_cc", "max_chars"): (LAW * 312 + LAW[:16], LAW * 312 + LAW[:17]),
    ("map_cc", "min_sentence_parts"): ("一句话；又一句", "只有一句话。” \n"),
    ("map_cc", "max_hash_runs"): ("##法律的规定很明确", "##法律的规定很明"),
    ("map_cc", "max_ellipsis_runs"): ("规定很明确……但是呢", "规定很明确。。但是"),
    ("map_cc", "max_bracket_ratio"): ("【法】规定很明确的了", "【法】规定很明确的"),
    ("map_cc", "max_digit_ratio"): ("共 1２3 条规定的，。", "共 1２3 条规定，。"),
    ("map_cc", "max_readmore_lines"): (
        lines(10, 3, "{}点击展开", "{}规定"), lines(10, 4, "{}查看更多 ", "{}规定")
    ),
    ("map_cc", "max_list_lines"): (lines(10, 9, "• {}", "- {}"), lines(10, 10, " ➢{}", "")),
    ("map_cc", "min_punctuation"): ("有标点，的一行", "没有标点的一行"),
    ("map_cc", "min_unique_chars"): (HAN[:10] * 10, HAN[:9] * 11 + HAN[0]),
    # The logarithms of 21 and 20 are 3.04 and 2.996.
    ("map_cc", "min_char_entropy"): (HAN[:21] * 3, HAN[:20] * 3),
    **{("map_cc", f"max_top_{n}chars"): top(n, bound) for n, bound in ((2, 0.2), (3, 0.18), (4, 0.16))},
    **{("map_cc", f"max_dup_{n}chars"): duplicated(n, 0.6) for n in range(5, 11)},
    ("fineweb2_chinese", "max_dup_lines"): (
        lines(1000, 287, "重复", "{}") + "\n重复", lines(1000, 288, "重复", "{}") + "\n重复"
    ),
    **{
        ("fineweb2_chinese", f"max_top_{n}chars"): top(n, bound)
        for n, bound in ((2, 0.256), (3, 0.201), (4, 0.171))
    },
    **{
        ("fineweb2_chinese", f"max_dup_{n}chars"): duplicated(n, bound)
        for n, bound in zip(range(5, 11), (0.198, 0.182, 0.167, 0.154, 0.14, 0.127), strict=True)
    },
    ("fineweb2_chinese", "min_line_punct"): (lines(1000, 106, "{}。", "{}"), lines(1000, 105, "{}。", "{}")),
    ("fineweb2_chinese", "max_line_dup_chars"): (lines(10, 2, "同", "{}"), lines(10, 3, "同", "{}")),
    ("fineweb2_chinese", "max_newline_chars"): (HAN + "\n" * 178, HAN + "\n" * 179),
    ("fineweb2_chinese", "max_bullet_lines"): (lines(10, 9, "- {}", "{}"), lines(10, 10, "- {}", "")),
    ("fineweb2_chinese", "max_ellipsis_lines"): (lines(10, 3, "{}…", "{}"), lines(10, 4, "{}...", "{}")),
    ("fineweb2_chinese", "min_letter_ratio"): (HAN[:735] + "，" * 265, HAN[:734] + "，" * 266),
    ("fineweb2_chinese", "min_chinese_stop_words"): ("他的法律", "法律的规定的"),
    ("roots_chinese", "max_special_ratio"): ("第 1 条的规定生效了", "第 1 条，规定生效了"),
    ("roots_chinese", "max_frequent_3chars"): (standing(3, 199), standing(3, 200)),
    ("roots_chinese", "max_repeated_5chars"): (HAN[:52] * 2, HAN[:53] * 2),
    ("chinese_c4", "min_sentence_lines"): (
        lines(9, 6, "第{}条如下：", "第{}条"), lines(9, 5, "第{}条如下：", "第{}条")
    ),
    ("mnbvc", "min_han_ratio"): ("当事人应当按照abc", "当事人应当按abcd"),
}  # fmt: skip


def bounds(family: str) -> dict[str, Any]:
    return {
        field: bound
        for field, bound in Select().model_dump()[family].items()
        if field[:4] in ("min_", "max_")
    }


def first(text: str, language: str | None, **families: dict[str, Any]) -> str | None:
    measures = {name: np.array([value]) for name, value in measure(text).items()}
    off = {field: None for field in Select.model_fields if field[:4] in ("min_", "max_")}
    which, names = broken(measures, language, Select(**off, **families).model_dump(), "all")
    return names[which[0]][0] if which[0] >= 0 else None


@pytest.mark.parametrize(("family", "field"), CASES, ids=map(".".join, CASES))
def test_a_rule_keeps_up_to_its_bound(family: str, field: str) -> None:
    alone = {family: dict.fromkeys(bounds(family)) | {"enabled": True, field: bounds(family)[field]}}
    kept, dropped = CASES[family, field]
    assert first(kept, "zh", **alone) is None
    assert first(dropped, "zh", **alone) == f"{family}.{field}"
    off = {family: dict.fromkeys(bounds(family)) | {"enabled": True}}
    assert first(dropped, "zh", **off) is None


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == {(family, field) for family in FAMILIES for field in bounds(family)}


def test_they_are_off_and_speak_of_chinese_only() -> None:
    assert first(LAW, None) is None
    english = "The tenant pays the rent on the first day of the month. "
    for family in FAMILIES:
        assert first(english, None, **{family: {"enabled": True}}) is None
        assert first(LAW, "en", **{family: {"enabled": True}}) is None
    # One line of 32 characters: too short, too few lines, no other fault.
    told = {family: first(LAW, None, **{family: {"enabled": True}}) for family in FAMILIES}
    assert told == {
        "map_cc": "map_cc.min_chars",
        "fineweb2_chinese": None,
        "roots_chinese": None,
        "chinese_c4": "chinese_c4.min_sentence_lines",
        "mnbvc": None,
    }
