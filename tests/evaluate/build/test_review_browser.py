"""The review page in a real browser: keys, storage, download, and no script from an item.

`make test-browser` runs it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from rewarm.evaluate.build import decisions, review_page
from rewarm.evaluate.tasks.item import Item

pytestmark = pytest.mark.browser
_HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
ITEMS = [
    Item(str(number), f"{_HOSTILE} 第{number}条规定____。", ("三年", f"<b>{number}</b>"), (0,))
    for number in range(3)
]


def test_a_person_decides_and_the_decisions_are_applied(browser: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    review_page.write(ITEMS, page)
    screen = browser.new_context(viewport={"width": 390, "height": 900}, locale="en-US").new_page()
    faults: list[str] = []
    screen.on("console", lambda message: faults.append(message.text))
    screen.on("pageerror", lambda error: faults.append(str(error)))
    screen.on("request", lambda sent: faults.append(sent.url) if sent.url.startswith("http") else None)
    screen.goto(page.as_uri())
    assert _HOSTILE in screen.inner_text("#question")
    assert screen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for press in ("a", "r", "a", "u"):
        screen.keyboard.press(press)
    screen.type("#reviewer", "ar")  # letters typed here decide nothing
    assert screen.inner_text("#place") == "Item 3 of 3, 2 decided"
    screen.reload()
    with screen.expect_download() as download:
        screen.click("#download")
    download.value.save_as(tmp_path / "decisions.jsonl")
    applied = decisions.apply(ITEMS, tmp_path / "decisions.jsonl")
    assert [item.id for item in applied.kept] == ["0", "2"]
    assert (applied.accepted, applied.rejected, applied.undecided) == (1, 1, 1)
    rows = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    assert {(row["page"], row["reviewer"]) for row in rows} == {(review_page.digest(ITEMS), "ar")}
    assert screen.title() != "owned" and faults == []
    screen.context.close()
