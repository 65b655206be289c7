"""Lines that are no text go where it is sure, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.clean.step import without_lines
from rewarm.recipe import Clean

RULES = Clean().model_dump()["lines"]
PROSE = "\n".join(
    f"Paragraph {number} says something about valves that a reader needs." for number in range(14)
)


def left(text: str, **more: bool) -> str:
    return without_lines(text, [], RULES | more)[0]


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        ("links", ["https://example.org/a", "- www.example.org/b?c=d"]),
        ("navigation", ["Home | News | Products | Contact us"]),
        ("navigation", ["首页 > 新闻中心 > 公告 > 下载"]),
        ("navigation", ["上一页", "下一页", "返回顶部"]),
        ("navigation", ["Skip to main content"]),
        ("navigation", ["您现在的位置：首页 > 法规 > 正文"]),
        ("contacts", ["Tel: 010-6552 1234", "Fax: 010-6552 1235", "E-mail: a@example.org"]),
        ("contacts", ["联系电话：010-65521234", "地址：北京市东城区某街 1 号"]),
        ("page_furniture", ["- 12 -"]),
        ("page_furniture", ["Page 3 of 10"]),
        ("page_furniture", ["第 3 页 共 10 页"]),
        ("page_furniture", ["1 / 9", "2 / 9", "3 / 9"]),
    ],
)
def test_each_rule_takes_its_lines(rule: str, lines: list[str]) -> None:
    for place in (0, 7, 14):
        around = PROSE.split("\n")
        text = "\n".join([*around[:place], *lines, *around[place:]])
        assert left(text) == PROSE
        assert left(text, **{rule: False}) == text


def test_references_go_and_what_they_end_stays() -> None:
    entries = [f"[{number}] Author {number}. A title. A journal, {2000 + number}." for number in range(1, 6)]
    assert left(f"{PROSE}\n\nReferences\n" + "\n".join(entries)) == PROSE
    chinese = "\n".join(f"[{number}] 张三. 某研究[J]. 某学报, {2000 + number}." for number in range(1, 6))
    assert left(f"{PROSE}\n参考文献：\n{chinese}") == PROSE
    steps = "\n".join(f"{number}. Turn valve {number} off." for number in range(1, 6))
    assert left(f"{PROSE}\nReferences\n{steps}").endswith("off.")


@pytest.mark.parametrize(
    "line",
    [
        "Search", "Home", "下载", "搜索", "Help", "Contact", "1/2", "12", "[1]", "x = a[1]  # see [2]",
        "Page layout", "https://example.org/the-only-one", "Phone: the call button",
        "地址总线：用于传送地址", "第一页的内容如下", "Read | Write | Execute | Append", "A | B | C",
        "1 / 0", "--- 12 -", "电话：见附件", "Page 3 shows the valve.", "|---|---|",
        "Tel Aviv: 432,892 people", "E-mail: how to write one", "路径 /etc/passwd > /dev/null",
    ],
)  # fmt: skip
def test_what_may_be_text_stays(line: str) -> None:
    around = PROSE.split("\n")
    text = "\n".join([*around[:7], line, *around[7:]])
    assert left(text) == text


def test_citation_marks_go_from_prose_and_not_from_code() -> None:
    prose = "The valve was described early [12], and later works [3–5, 9] agree with it in every point."
    assert left(prose, citations=True) == (
        "The valve was described early, and later works agree with it in every point."
    )
    code = "The element is read as values[12] = other[3]; and nothing else happens to it in here."
    assert left(code, citations=True) == code
    assert left(prose) == prose


def test_web_rules_are_those_of_their_papers() -> None:
    page = "A sentence that is long enough.\nNo end here\nToo short.\nPlease enable JavaScript to see this."
    assert left(page, c4=True) == "A sentence that is long enough."
    counted = "A sentence that is long enough.\n3 likes\n2024\nSHOUTED LINE\nword\nSign-in to see more"
    assert left(counted, refinedweb=True) == "A sentence that is long enough."


@pytest.mark.parametrize(
    ("rule", "kept", "taken"),
    [
        ("chinese_c4", "规定如下：", "定如下："),
        ("chinese_c4", "法" * 499 + "。", "法" * 500 + "。"),
        ("chinese_c4", "他说“同意”", "他说「同意」"),
        ("chinese_c4", "尚未完成……", "尚未完成的…"),
        ("chinese_c4", "完全履行自己的义务！", "完全履行□自己的义务！"),
        ("chinese_c4", "没有乱码的一行？", "有\ue123乱码的一行？"),
        ("mnbvc", "当事人应当按照约定做", "当事人应当按照约定 2024"),
    ],
)
def test_chinese_line_rules_keep_up_to_their_bounds(rule: str, kept: str, taken: str) -> None:
    law = "当事人应当按照约定全面履行自己的义务，不得擅自变更或者解除合同。"
    text = f"{law}\n{kept}\n{taken}\n{law}"
    assert left(text) == text
    assert left(text, **{rule: True}) == f"{law}\n{kept}\n{law}"
    # In text of another language they see nothing.
    assert left(f"{PROSE}\n{taken[-20:]}", **{rule: True}) == f"{PROSE}\n{taken[-20:]}"


def test_masks_follow_what_stays() -> None:
    text = "Home | News | Contact us\n客服：您好！\n" + PROSE
    start = text.index("您好")
    cleaned, spans, taken = without_lines(text, [(0, 4), (start, start + 2)], RULES)
    assert [cleaned[a:b] for a, b in spans] == ["您好"]
    assert taken == {"navigation": (1, "Home | News | Contact us")}


_PIECES = ["Home | News | Help", "next", "首页", "- 3 -", "http://a.b/c", "Tel: 12345", "text.", "",
           "References", "[1] A. B. 1999.", "1 / 3", "2 / 3", "3 / 3", "  ", "电话：12345", "不得解除合同。",
           "当事人应当按照约定履行义务。"]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("\n".join))
def test_twice_is_once(text: str) -> None:
    once, _, _ = without_lines(text.strip(), [], RULES)
    assert without_lines(once, [], RULES) == (once, [], {})
    chinese = RULES | {"chinese_c4": True, "mnbvc": True}
    once, _, _ = without_lines(text.strip(), [], chinese)
    assert without_lines(once, [], chinese) == (once, [], {})


@pytest.mark.parametrize(
    "piece", ["[1", "- 1 ", "a|", "http://", "Tel:", "1/", "第1页", "[1],", "\n", "\n- 1 -", "<"]
)
def test_cost_is_linear_in_hostile_lines(piece: str) -> None:
    """No pattern backtracks: ten times the text costs about ten times as much, not a hundred."""
    import time

    everything = dict.fromkeys(RULES, True)

    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        began = time.process_time()
        without_lines(text, [], everything)
        return time.process_time() - began

    seconds(1000)
    assert seconds(400_000) < 0.5 + 40 * seconds(40_000)
