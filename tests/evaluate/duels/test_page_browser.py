"""The blind page in a real browser: keys, storage, download, and no script from an answer.

`make test-browser` runs it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from rewarm.evaluate.duels import blind_page
from rewarm.evaluate.duels.answers import Item
from rewarm.evaluate.duels.pairs import Pair
from rewarm.recipe.duels import Duels

pytestmark = pytest.mark.browser
_HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture
def written(tmp_path: Path) -> blind_page.Written:
    pairs = [
        Pair(
            Item(str(number), f"Prompt {number}", {"a": f"{_HOSTILE} {number}", "b": "fine " * 300}),
            "b",
            "a",
            "",
        )
        for number in range(3)
    ]
    settings = Duels.model_validate({"dimensions": [{"name": "语气", "criterion": "Kinder."}]})
    return blind_page.write(pairs, settings, tmp_path / "page.html")


@pytest.mark.parametrize("width", [1400, 390])
def test_a_person_compares_with_the_keyboard_and_downloads(
    browser: Any, written: blind_page.Written, tmp_path: Path, width: int
) -> None:
    screen = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US").new_page()
    faults: list[str] = []
    screen.on("console", lambda message: faults.append(message.text))
    screen.on("pageerror", lambda error: faults.append(str(error)))
    screen.on("request", lambda sent: faults.append(sent.url) if sent.url.startswith("http") else None)
    screen.goto(written.page.as_uri())
    assert screen.title() == "Which answer is better?"
    key = json.loads(written.key.read_text())
    order = list(key["pairs"])
    shown = {screen.inner_text("#left"), screen.inner_text("#right")}
    assert any(text.startswith(_HOSTILE) for text in shown)
    assert screen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for press in ("1", "2", "n", "3", "3", "p", "1", "n", "n"):
        screen.keyboard.press(press)
    screen.fill("#rater", "AB 1")  # digits typed here choose nothing
    assert screen.inner_text("#place") == "Pair 3 of 3, 2 complete"
    screen.reload()
    assert screen.inner_text("#place") == "Pair 3 of 3, 2 complete"
    screen.check("fieldset:last-child input[value=right]")
    with screen.expect_download() as download:
        screen.click("#download")
    download.value.save_as(tmp_path / "judged.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "judged.jsonl").read_text().splitlines()]
    assert [(row["pair"], row["dimension"], row["choice"]) for row in rows] == [
        (order[0], "语气", "left"), (order[0], "overall", "tie"),
        (order[1], "语气", "right"), (order[1], "overall", "right"),
        (order[2], "overall", "right"),
    ]  # fmt: skip
    assert {row["rater"] for row in rows} == {"AB 1"} and {row["page"] for row in rows} == {key["page"]}
    assert screen.title() == "Which answer is better?" and faults == []
    screen.context.close()


def test_the_page_speaks_chinese_to_a_chinese_browser(browser: Any, written: blind_page.Written) -> None:
    screen = browser.new_context(locale="zh-CN").new_page()
    screen.goto(written.page.as_uri())
    assert screen.inner_text("#title") == "哪个回答更好？" and "第 1 对" in screen.inner_text("#place")
    screen.context.close()
