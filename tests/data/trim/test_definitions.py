"""What defines something stays: articles, options, parameters, entries, whoever quotes them."""

from pathlib import Path

import pytest
from repeated_passages import paragraph, row, sentences, trimmed

from rewarm.data.trim.prose import is_prose

OPTION = (
    "--compress-level\n Sets how hard the archive is compressed. Higher levels take longer and give\n"
    " smaller files, and the highest level needs about three times the memory of the\n"
    " lowest. Without this option the level is taken from the file of settings, and the\n"
    " program warns where that names a level which this build does not know at all.\n"
)
PARAMETER = (
    "RetryPolicy: Says how often a call is tried again after an error of the server. The first pause is as "
    "long as the interval and each later one twice as long as the one before it. A call that the server "
    "refused is not tried again. Leave it out to take the policy of the account, which its owner sets.\n"
)


def _others(language: str, number: int) -> str:
    return paragraph(f"{language}own{number}", 9)


def test_an_amendment_that_quotes_articles_takes_none_from_the_statute(tmp_path: Path) -> None:
    articles = [f"第{number}条 {paragraph(f'zharticle{number}', 6)}" for number in "一二三四五六七八"]
    inserted = f"第三条之一 {paragraph('zhinserted', 6)}"
    statute = "某某管理法\n" + "\n".join([*articles[:3], inserted, *articles[3:]])
    # Longer, so that it goes before the statute and keeps what both have.
    amendment = "关于修改某某管理法的决定\n" + "\n".join(
        [
            _others("zh", 1),
            *articles[1:3],
            inserted,
            *articles[4:7],
            *(_others("zh", n) for n in range(2, 30)),
        ]
    )
    _, left, ledger = trimmed(tmp_path, [[row("a", statute), row("b", amendment)]])
    assert left["a"]["text"] == statute and left["b"]["text"] == amendment
    assert {verdict["verdict"] for verdict in ledger} == {"mask"}


def test_a_paragraph_far_below_its_article_stays(tmp_path: Path) -> None:
    shared = paragraph("zhshared", 6)
    long = "\n\n".join(
        ["第二条 " + _others("zh", 1), *(_others("zh", n) for n in range(2, 20)), shared, _others("zh", 22)]
    )
    contract = f"某某合同\n\n第一条 {_others('zh', 20)}\n\n{long}\n\n第三条 {_others('zh', 21)}"
    other = "\n\n".join([shared, *(_others("zh", n) for n in range(30, 70))])
    _, left, _ = trimmed(tmp_path, [[row("a", contract), row("b", other)]])
    assert left["a"]["text"] == contract and left["a"]["masks"]


@pytest.mark.parametrize(
    "entry",
    [
        OPTION,
        PARAMETER,
        PARAMETER.replace(": ", "：").replace(". ", "。"),
        "retry_policy (object)\n" + PARAMETER.split(": ")[1],
        "| level | meaning |\n" + "".join(f"| {n} | {paragraph(f'enrow{n}', 1)} |\n" for n in range(9)),
        "".join(f"{n}. {paragraph(f'enitem{n}', 1)}\n" for n in range(9)),
        "".join(f"- {paragraph(f'enitem{n}', 1)}\n" for n in range(9)),
        "Retained channel\n\n" + paragraph("endefinition", 5) + "\n",
    ],
    ids=["option", "parameter", "parameter-zh", "field", "table", "numbers", "bullets", "term"],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"], ids=["line", "blank"])
def test_an_entry_that_another_page_has_too_stays(tmp_path: Path, entry: str, between: str) -> None:
    pages = [
        f"Page {name}\n\n{between.join([_others('en', 10 * n), entry.rstrip(), _others('en', 10 * n + 1)])}\n"
        for n, name in enumerate("ab")
    ]
    pages[0] += "\n" + paragraph("enlonger", 20)
    _, left, ledger = trimmed(tmp_path, [[row("a", pages[0]), row("b", pages[1])]])
    assert [left[name]["text"] for name in "ab"] == pages
    assert {verdict["verdict"] for verdict in ledger} == {"mask"}


def test_what_an_option_says_in_later_paragraphs_stays(tmp_path: Path) -> None:
    shared = paragraph("enshared", 6)
    page = f"-d, --debug LEVEL\n\n{_others('en', 1)}\n\n{shared}\n\n{_others('en', 2)}\n"
    other = "\n\n".join([_others("en", 3), shared, *(_others("en", n) for n in range(4, 9))])
    _, left, ledger = trimmed(tmp_path, [[row("a", page), row("b", other)]])
    assert left["a"]["text"] == page and [verdict["verdict"] for verdict in ledger] == ["mask"]


def test_items_of_one_sentence_stay_and_a_notice_among_prose_goes(tmp_path: Path) -> None:
    items = "\n\n".join(sentences("enitems", 6, 18))
    notice = paragraph("ennotice", 6)
    pages = []
    for number, name in enumerate("ab"):
        own = [_others("en", 10 * number + part) for part in range(4)]
        pages.append(row(name, own[0], items, own[1], own[2], notice, own[3]))
    pages[0]["text"] += "\n\n" + paragraph("enlonger", 20)
    _, left, ledger = trimmed(tmp_path, [pages])
    assert [verdict["verdict"] for verdict in ledger] == ["mask", "edit"]
    assert items in left["b"]["text"] and notice not in left["b"]["text"]


def test_a_paragraph_with_a_value_stays(tmp_path: Path) -> None:
    shared = paragraph("enshared", 6) + " The normal range is 0.9 to 1.3 at rest."
    page = "\n\n".join([_others("en", 1), shared, _others("en", 2)])
    other = "\n\n".join([_others("en", 3), shared, *(_others("en", n) for n in range(4, 9))])
    _, left, ledger = trimmed(tmp_path, [[row("a", page), row("b", other)]])
    assert left["a"]["text"] == page and [verdict["verdict"] for verdict in ledger] == ["mask"]


def test_lines_that_are_paragraphs_are_cut_among_their_like_only(tmp_path: Path) -> None:
    shared = paragraph("zhshared", 6)
    prose = "\n".join(["某地游记", *(_others("zh", n) for n in range(3)), shared, _others("zh", 4)])
    fields = "\n".join(["某接口", "状态：任务的状态。", shared, "进度：任务的进度。", _others("zh", 5)])
    other = "\n".join([_others("zh", 6), shared, *(_others("zh", n) for n in range(7, 30))])
    _, left, _ = trimmed(tmp_path, [[row("a", prose), row("b", fields), row("c", other)]])
    assert shared not in left["a"]["text"]
    assert left["b"]["text"] == fields


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        (
            "The first line of a wrapped paragraph goes on in\nthe second, which ends it. So it does.",
            True,
        ),
        ("本条例施行以前的规定仍然有效。与本条例抵触的除外。", True),
        ("A heading", False),
        ("Status: the state of the task. It is never empty.", False),
        ("Term – what it means in this text. It means no more.", False),
        ("状态：任务的状态。不会为空。", False),
        ("(a) the first of the conditions. It comes first.", False),
        ("one  two   three.\nfour five   six.", False),
        ("name\n    What the name stands for. It stands for that.", False),
        ("A short line\nand then a line that is very much longer than the one before it was.", False),
        ("x = {a: [1, 2]}; y = f(x) & z; w = x[0] | y. It is so.", False),
        ("A pair <i>of sets</i> is closed under $a_1$ and $b_2$ as shown. It ends here.", False),
        ("A pair of sets is closed under both operations (as shown). It ends here.", True),
    ],
)
def test_prose_is_told_by_the_shape_of_its_lines(paragraph: str, expected: bool) -> None:
    assert is_prose(paragraph) == expected
