"""The page tells no model, runs no text of an answer, and its judgements come back to the right model."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from rewarm.errors import RewarmError
from rewarm.evaluate.duels import blind_page, run
from rewarm.recipe.duels import Duels

Answers = Callable[..., list[tuple[str, Path]]]
HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=alert(1)> <!-- & &amp; \u2028 \ud800 "
    "safe \u202etxt.exe\u2066 \u0007"
)


class _Elements(HTMLParser):
    """All start tags, and the text of each script."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data


def write(
    tmp_path: Path, files: list[tuple[str, Path]], most: int | None = None, **settings: Any
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Text of the page, its data and its key."""
    made = Duels.model_validate(settings)
    written = blind_page.write(run.plan(files, None, made).pairs, made, tmp_path / "page.html", most)
    text = written.page.read_text(encoding="utf-8")
    found = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return text, json.loads(found[1]), json.loads(written.key.read_text())


def test_no_text_of_an_answer_becomes_markup(tmp_path: Path, answers: Answers) -> None:
    text, data, _ = write(tmp_path, answers(base=[HOSTILE], result=["fine"]))
    elements = _Elements()
    elements.feed(text)
    assert [tag for tag, _ in elements.tags].count("script") == 2 and "img" not in dict(elements.tags)
    assert text.count("<script") == 2 and "onerror" in elements.scripts[0]
    (pair,) = data["pairs"]
    shown = {pair["left"], pair["right"]}
    assert "fine" in shown and any("</script><script>document.title='owned'" in side for side in shown)


def test_controls_that_hide_or_turn_round_are_shown_by_their_code(tmp_path: Path, answers: Answers) -> None:
    _, data, _ = write(tmp_path, answers(base=[HOSTILE], result=["fine"]))
    shown = data["pairs"][0]["left"] + data["pairs"][0]["right"]
    assert "safe [U+202E]txt.exe[U+2066] [U+0007]" in shown and "\u202e" not in shown
    assert blind_page.visible("a\tb\r\nc\u200d\u05d0\n") == "a\tb\nc\u200d\u05d0\n"


def test_only_the_pages_own_script_may_run_and_nothing_is_fetched(tmp_path: Path, answers: Answers) -> None:
    import base64
    import hashlib

    text, _, _ = write(tmp_path, answers(base=["x"], result=["y"]))
    elements = _Elements()
    elements.feed(text)
    policy = next(attrs["content"] for tag, attrs in elements.tags if "http-equiv" in attrs)
    script = elements.scripts[1]
    assert (
        f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        in str(policy)
    )
    assert "default-src 'none'" in str(policy)
    assert not [attrs for _, attrs in elements.tags if {"src", "href"} & attrs.keys()]
    assert "http" not in text.replace("http-equiv", "")


def test_the_page_names_no_model_and_the_key_tells_the_sides(tmp_path: Path, answers: Answers) -> None:
    count = 60
    files = answers(
        secretbase=[f"base text {number}" for number in range(count)],
        secretresult=[f"result text {number}" for number in range(count)],
    )
    text, data, key = write(tmp_path, files)
    assert "secret" not in text and data["page"] == key["page"]
    left = 0
    for pair in data["pairs"]:
        known = key["pairs"][pair["pair"]]
        assert {known["left"], known["right"]} == {"secretbase", "secretresult"}
        assert pair["left"].startswith(known["left"].removeprefix("secret"))
        assert f"Question {int(known['id'][1:])}?" == pair["prompt"]
        left += known["left"] == "secretresult"
    assert 15 < left < 45 and [key["pairs"][pair["pair"]]["id"] for pair in data["pairs"]] != sorted(
        known["id"] for known in key["pairs"].values()
    )
    again = write(tmp_path, files)
    assert again[1:] == (data, key)
    other = write(tmp_path, files, seed=1)[2]
    assert {pair["id"]: pair["left"] for pair in other["pairs"].values()} != {
        pair["id"]: pair["left"] for pair in key["pairs"].values()
    }


def test_pairs_are_a_sample_of_those_that_differ(tmp_path: Path, answers: Answers) -> None:
    files = answers(base=["same", "x", "y", "", "z"], result=["same ", "a", "b", "c", "d"])
    _, data, _ = write(tmp_path, files, most=2)
    assert len(data["pairs"]) == 2
    assert len(write(tmp_path, files)[1]["pairs"]) == 3
    with pytest.raises(RewarmError, match="nothing to compare"):
        write(tmp_path, answers(base=["same"], result=["same "]))


def test_dimensions_are_those_of_the_settings(tmp_path: Path, answers: Answers) -> None:
    dimension = {"name": "tone", "criterion": "The better answer is <b>kinder</b>."}
    text, data, _ = write(tmp_path, answers(base=["x"], result=["y"]), dimensions=[dimension])
    assert [name for name, _ in data["criteria"]["en"]] == ["tone", "overall"] and "<b>" not in text
