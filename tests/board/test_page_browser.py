"""The board in a real browser: every view, from an incident to its documents, hostile texts, live updates.

Needs Chromium, playwright and axe-playwright-python; `make test-browser` runs it.
"""

import json
import re
from pathlib import Path

import made_runs
import pytest

pytestmark = pytest.mark.browser

VIEWS = {
    "runs": "",
    "loss": "#view=loss&run=law&axis=source&smooth=1",
    "operations": "#view=operations&run=law",
    "compare": '#view=compare&runs=["law","more/second"]&axis=task&value=domain',
    "incident": "#view=incident&run=law&number=0",
    "document": f"#view=document&run=law&number=0&id={made_runs.DOCUMENT}",
}


@pytest.fixture
def page(browser, served):
    """A page of a wide screen that was let in; errors of scripts fail the test."""
    opened = screen(browser, served)
    yield opened
    opened.context.close()
    assert opened.faults == []


def screen(browser, served, width: int = 1200, **options):
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    found = context.new_page()
    found.faults = []
    found.on("pageerror", lambda error: found.faults.append(str(error)))
    found.on("console", lambda one: found.faults.append(one.text) if one.type == "error" else None)
    found.base = f"http://127.0.0.1:{served.port}/"
    found.goto(f"{found.base}?token={served.board.access.token}")
    arrived(found)
    assert found.url == found.base
    return found


def arrived(page) -> None:
    """Wait until the view that the address names is drawn."""
    page.wait_for_function("() => document.getElementById('main')?.dataset.shown === location.hash")
    assert "fault" not in (page.get_attribute("#message", "class") or ""), page.inner_text("#message")


def show(page, view: str, lang: str = "en") -> None:
    if page.evaluate("new URLSearchParams(location.search).get('lang')") == lang:
        page.evaluate("(hash) => { location.hash = hash; }", VIEWS[view])
    else:
        page.goto(f"{page.base}?lang={lang}{VIEWS[view]}")
    arrived(page)


def test_without_the_token_there_is_no_page(browser, served):
    context = browser.new_context()
    found = context.new_page()
    assert found.goto(f"http://127.0.0.1:{served.port}/").status == 401
    assert "law" not in found.content()
    answer = found.evaluate("fetch('/api/runs').then((one) => one.status)")
    assert answer == 401
    context.close()


def test_every_view_opens_and_is_accessible(page):
    import axe_playwright_python

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    heads = set()
    for view in VIEWS:
        show(page, view)
        heads.add(page.inner_text("h1"))
        words = page.inner_text("body")
        assert not any(word in words for word in ("undefined", "NaN", "[object"))
        assert not re.search("[\u4e00-\u9fff]", page.inner_text("nav").replace("中文", ""))
        page.evaluate(axe)
        faults = page.evaluate("axe.run().then((one) => one.violations)")
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in faults] == [], view
    assert len(heads) == len(VIEWS)
    show(page, "loss")
    assert page.locator(".chart canvas").count() == 1
    assert page.locator("table").first.locator("tbody tr").count() == 4


def test_from_an_incident_to_its_document_by_keyboard_alone(page):
    show(page, "loss")
    page.wait_for_selector("a.open")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "open":
            break
    else:
        pytest.fail("no incident is reached with Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("a.document")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "document":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("blockquote")
    assert made_runs.DOCUMENT in page.inner_text("h1") and "第一条" in page.inner_text("blockquote")
    page.go_back()
    page.wait_for_selector("a.document")


def test_the_mark_on_the_curve_opens_the_incident(page):
    show(page, "loss")
    page.click(".mark")
    page.wait_for_selector("a.document")
    assert "number=0" in page.url


def test_a_hostile_document_is_shown_as_text(page):
    for view in ("incident", "document"):
        show(page, view)
        shown = page.inner_text("main")
        assert "<script>" in shown and "onerror" in shown
        assert "taken" not in page.title()
        assert page.locator("main script, main img").count() == 0
        assert "\u202e" not in page.content() and "\u202c" not in page.content()
    # The policy would stop it even if it became markup.
    blocked = page.evaluate(
        """() => { const one = document.createElement('div');
        one.innerHTML = '<img src=x onerror="document.title = 1">'; document.body.append(one);
        const code = document.createElement('script'); code.textContent = 'document.title = 2';
        document.body.append(code);
        return new Promise((done) => setTimeout(() => done(document.title), 100)); }"""
    )
    assert blocked not in ("1", "2")
    page.faults.clear()


def test_the_address_restores_axis_range_and_hidden_channels(page):
    show(page, "loss")
    box = page.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60, steps=4)
    page.mouse.up()
    page.wait_for_function("() => location.hash.includes('from=')")
    page.uncheck("tbody input[type=checkbox] >> nth=1")
    page.wait_for_function("() => location.hash.includes('hide=')")
    page.select_option("select >> nth=2", "nats")
    page.wait_for_function("() => location.hash.includes('unit=nats')")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    arrived(page)
    found = page.evaluate("Object.fromEntries(new URLSearchParams(location.hash.slice(1)))")
    assert 5 < int(found["from"]) < int(found["to"]) < 25 and json.loads(found["hide"]) == ["news"]
    assert page.input_value("input[type=number] >> nth=1") == found["from"]
    assert page.input_value("select >> nth=0") == "source" and page.input_value("select >> nth=2") == "nats"
    assert not page.is_checked("tbody input[type=checkbox] >> nth=1")
    page.focus(".chart")
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".readout").startswith(f"update {found['from']}:")
    page.keyboard.press("0")
    page.wait_for_function("() => !location.hash.includes('from=')")


def test_a_download_has_the_values_of_the_log(page):
    show(page, "loss")
    with page.expect_download() as found:
        page.click("text=Download CSV")
    text = Path(found.value.path()).read_text(encoding="utf-8")
    assert text.startswith("update,stage,axis,value,nats") and text.count("\n") == 1 + 40 * 4


def test_new_updates_appear_by_themselves(page, served):
    page.goto(f"{page.base}#view=loss&run=more/second&smooth=1&axis=all")
    page.wait_for_selector(".values tbody tr")
    before = page.inner_text(".values tbody tr >> nth=0")
    train = next((served.root / "more/second/steps").glob("train-*"))
    made_runs.write_lines(train, made_runs.rows(40, 45, 30, 1))
    page.wait_for_function(
        "(old) => document.querySelector('.values tbody tr').innerText !== old", arg=before, timeout=8000
    )


def test_a_phone_shows_every_view_in_chinese_and_zooms_by_two_fingers(browser, served):
    phone = screen(browser, served, 390, color_scheme="dark", has_touch=True, is_mobile=True)
    for view in VIEWS:
        show(phone, view, "zh")
        assert phone.evaluate("document.documentElement.lang") == "zh"
        assert re.search("[\u4e00-\u9fff]", phone.inner_text("h1")), view
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, view
    show(phone, "loss", "zh")
    client = phone.context.new_cdp_session(phone)
    box = phone.locator(".u-over").bounding_box()
    middle, y = box["x"] + box["width"] / 2, box["y"] + 80

    def touch(kind: str, half: float) -> None:
        points = [{"x": middle + side * half, "y": y, "id": at} for at, side in enumerate((-1, 1))]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if half else []})

    touch("touchStart", 30)
    for half in (50, 70, 90):
        touch("touchMove", half)
    touch("touchEnd", 0)
    phone.wait_for_function("() => location.hash.includes('from=')")
    assert phone.faults == []
    phone.context.close()


def test_the_picture_of_the_documentation_is_small(browser, served, pictures):
    page = screen(browser, served, 1000)
    page.set_viewport_size({"width": 1000, "height": 760})
    show(page, "loss")
    page.wait_for_selector(".mark")
    page.screenshot(path=pictures / "board.png")
    assert 10_000 < (pictures / "board.png").stat().st_size < 150_000
    page.context.close()
