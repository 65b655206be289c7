"""The step as a whole: what goes, and what stays."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from repeated_passages import paragraph, row, sentences, trimmed

from rewarm.corpus.tables import masks


def _masked(document: dict[str, Any]) -> list[str]:
    return [document["text"][start:end] for start, end in masks.of_rows(document["masks"])]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_paragraph_that_another_has_is_cut_once(tmp_path: Path, language: str) -> None:
    shared = paragraph(f"{language}shared")
    one = row("a", "One", paragraph(f"{language}1", 30), shared, paragraph(f"{language}2"))
    two = row("b", "Two", paragraph(f"{language}3"), shared, paragraph(f"{language}4"))
    counts, left, ledger = trimmed(tmp_path, [[two], [one]])
    assert left["a"]["text"] == one["text"]
    assert left["b"]["text"] == two["text"].replace(shared + "\n\n", "")
    (verdict,) = ledger
    assert (verdict["id"], verdict["verdict"], verdict["reason"]) == ("b", "edit", "passage")
    match, token = verdict["match"].split(":")
    assert match == "a" and int(token) > 300 and verdict["score"] > verdict["threshold"] == 1
    assert shared.startswith(verdict["excerpt"].rstrip())
    assert (counts["in"], counts["documents"], counts["edited"], counts["cuts"]) == (2, 2, 1, 1)


@pytest.mark.parametrize(("language", "share"), [("en", 1.0), ("zh", 1.0), ("en", 0.7), ("zh", 0.7)])
def test_planted_passages_are_found_and_nothing_else(tmp_path: Path, language: str, share: float) -> None:
    """60 passages of 1 to 4 times the length; with `share` 0.7, too short ones, none."""
    rng = random.Random(5)
    rows, planted = [], []
    for number in range(60):
        size = rng.uniform(1.3, 4) if share == 1 else 0.45
        unit = 50 if language == "en" else 100
        passage = paragraph(f"{language}passage{number}", max(2, round(size * unit / 20)), 20)
        home = [paragraph(f"{language}{number}home{part}", 9) for part in range(3)]
        copy = [paragraph(f"{language}{number}copy{part}", 6) for part in range(2)]
        rows.append(row(f"a{number:02}", "Home", home[0], home[1], passage, home[2]))
        rows.append(row(f"b{number:02}", "Copy", copy[0], passage, copy[1]))
        planted.append((f"b{number:02}", passage, rows[-1]["text"]))
    rng.shuffle(rows)
    _, left, ledger = trimmed(tmp_path, [rows[:50], rows[50:]])
    for name, passage, text in planted:
        expected = text.replace(passage + "\n\n", "") if share == 1 else text
        assert left[name]["text"] == expected
    assert len(ledger) == (60 if share == 1 else 0)


def test_case_spacing_and_punctuation_do_not_hide_a_copy(tmp_path: Path) -> None:
    shared = paragraph("en")
    other = shared.upper().replace(" ", "  ").replace(".", "!").replace("  W", "  “W", 1)
    _, left, _ = trimmed(
        tmp_path,
        [[row("a", "A", paragraph("en1", 20), shared), row("b", "B", paragraph("en2"), other)]],
        action="cut",
    )
    assert left["b"]["text"] == f"B\n\n{paragraph('en2')}\n\n"


def test_numbers_and_operators_make_another_text(tmp_path: Path) -> None:
    shared = " ".join(f"x{n} + y{n}" for n in range(60)) + "."
    other = shared.replace("+", "^")
    third = shared.replace("x30", "x31").replace("x10", "x11").replace("x50", "x52")
    rows = [[row("a", shared), row("b", other), row("c", third)]]
    assert trimmed(tmp_path, rows)[2] == []


def test_runs_of_sentences_go_and_short_ones_never(tmp_path: Path) -> None:
    run = "".join(sentences("zhrun", 4, 17))
    short = "注意。\n可选。\n字符串。\n必填。\n默认空。\n整数。\n" * 4
    rows = [
        row("a", "甲", paragraph("zh1", 30), run, short),
        row("b", "乙", paragraph("zh2"), run, paragraph("zh3")),
        row("c", "丙", paragraph("zh4"), short[:60], paragraph("zh5")),
    ]
    _, left, ledger = trimmed(tmp_path, [rows])
    assert [(verdict["id"], verdict["reason"]) for verdict in ledger] == [("b", "sentences")]
    assert run not in left["b"]["text"] and left["c"]["text"] == rows[2]["text"]
    off = trimmed(tmp_path / "off", [rows], sentences={"enabled": False})
    assert off[2] == []


def test_spans_of_three_sentences_as_in_c4(tmp_path: Path) -> None:
    run = " ".join(sentences("enrun", 3, 8))
    rows = [row("a", paragraph("en1", 20), run), row("b", paragraph("en2"), run, paragraph("en3"))]
    assert trimmed(tmp_path / "default", [rows])[2] == []
    c4 = {"run": 3, "share": 0.05, "short": 0.0}
    _, left, _ = trimmed(tmp_path / "c4", [rows], action="cut", min_left=0.0, sentences=c4)
    assert left["b"]["text"] == rows[1]["text"].replace(run + "\n\n", "")


def test_formulae_of_statutes_stay_and_lists_are_masked_whole(tmp_path: Path) -> None:
    """Formulae shorter than a passage are no copies; parts of an article are masked, never cut."""
    formula = "违反本法规定，构成犯罪的，依法追究刑事责任；造成人身、财产或者其他损害的，依法承担民事责任。"
    items = "".join(f"（{n}）{''.join(sentences(f'zhitem{n}', 1, 40))}\n" for n in "一二三四")
    laws = []
    for name in "abcdef":
        articles = [f"第{n}条 {paragraph(f'zh{name}{n}', 3)}\n" for n in "一二三"]
        listed = f"第四条 {paragraph(f'zh{name}4', 2)}有下列情形之一的，责令改正：\n{items}"
        laws.append(
            row(name, f"法{name}\n" + articles[0] + articles[1] + formula + "\n" + listed + articles[2])
        )
    _, left, ledger = trimmed(tmp_path, [laws])
    assert [left[law["id"]]["text"] for law in laws] == [law["text"] for law in laws]
    assert {verdict["verdict"] for verdict in ledger} == {"mask"} and len(ledger) == 5
    spans = [span for document in left.values() for span in _masked(document)]
    assert spans == [("有下列情形之一的，责令改正：\n" + items).strip()] * 5


def test_questions_keep_their_answers(tmp_path: Path) -> None:
    answer = paragraph("enanswer")
    rows = [row(name, f"Is {name} inherited ?\n{answer}\n\n{paragraph('en' + name, 4)}") for name in "xy"]
    _, left, ledger = trimmed(tmp_path, [rows])
    assert [verdict["verdict"] for verdict in ledger] == ["mask"]
    assert all(answer in document["text"] for document in left.values())


def test_held_out_documents_are_never_edited(tmp_path: Path) -> None:
    shared = paragraph("zhheld")
    rows = [
        row("a", "甲", paragraph("zh1", 40), shared, source="s"),
        row("b", "乙", shared, paragraph("zh2"), source="t", heldout=True),
        row("c", "丙", shared, paragraph("zh3"), source="t", heldout=True),
    ]
    _, left, ledger = trimmed(tmp_path, [rows])
    assert [left[name]["text"] for name in "bc"] == [rows[1]["text"], rows[2]["text"]]
    assert [verdict["id"] for verdict in ledger] == ["a"] and shared not in left["a"]["text"]


def test_sources_dates_and_length_say_who_keeps_a_passage(tmp_path: Path) -> None:
    shared = paragraph("en")

    def loses(name: str, one: dict[str, Any], two: dict[str, Any], **changes: Any) -> set[str]:
        rows = [
            row("a", "A", paragraph("en1", 9), shared, **one),
            row("b", "B", paragraph("en2", 20), shared, **two),
        ]
        return {verdict["id"] for verdict in trimmed(tmp_path / name, [rows], **changes)[2]}

    assert loses("length", {}, {}) == {"a"}
    assert loses("source", {"source": "s"}, {"source": "t"}, sources=["s", "t"]) == {"b"}
    assert loses("order", {"source": "s"}, {"source": "t"}, sources=["t", "s"]) == {"a"}
    dated = {"meta": json.dumps({"date": "2019-01-02"})}, {"meta": json.dumps({"date": "2020-01-02"})}
    assert loses("date", *dated, date="date") == {"b"}
    assert loses("undated", dated[1], {}, date="date") == {"b"}


def test_what_is_all_copied_is_dropped_and_what_is_not_kept_is_not_looked_at(tmp_path: Path) -> None:
    shared = paragraph("en")
    rows = [
        row("a", "A", paragraph("en1", 20), shared),
        row("b", shared),
        row("c", "C", paragraph("en3"), shared, keep=False),
        row("d", "D", paragraph("en4")),
    ]
    counts, left, ledger = trimmed(tmp_path, [rows])
    assert set(left) == {"a", "d"}
    ((name, verdict, reason),) = [(one["id"], one["verdict"], one["reason"]) for one in ledger]
    assert (name, verdict, reason) == ("b", "drop", "left")
    assert (counts["in"], counts["documents"], counts["dropped"], counts["not_kept"]) == (4, 2, 1, 1)
    assert trimmed(tmp_path / "mask", [rows], action="mask")[0]["dropped"] == 0


def test_a_name_with_a_copied_explanation_stays_masked(tmp_path: Path) -> None:
    shared = paragraph("en")
    rows = [row("a", "A", paragraph("en1", 20), shared), row("b", "Max Connections", shared)]
    counts, left, _ = trimmed(tmp_path, [rows])
    assert counts["dropped"] == 0 and left["b"]["text"] == rows[1]["text"]
    assert _masked(left["b"]) == [shared]


def test_masking_leaves_the_text_and_adds_to_what_is_masked(tmp_path: Path) -> None:
    shared = paragraph("zh共")
    rows = [
        row("a", "甲", paragraph("zh1", 30), shared),
        row("b", "乙方", paragraph("zh2"), shared, masks=[{"start": 0, "end": 2}]),
    ]
    _, left, ledger = trimmed(tmp_path, [rows], action="mask")
    assert left["b"]["text"] == rows[1]["text"] and _masked(left["b"]) == ["乙方", shared]
    assert [verdict["verdict"] for verdict in ledger] == ["mask"]
    text = shared + "\n\n" + paragraph("zh2") + "末"
    last = {"start": len(text) - 1, "end": len(text)}
    moved = [rows[0], row("b", text, masks=[last])]
    _, left, _ = trimmed(tmp_path / "cut", [moved], action="cut")
    assert [left["b"]["text"][span["start"] : span["end"]] for span in left["b"]["masks"]] == ["末"]


def test_shreds_are_masked_instead(tmp_path: Path) -> None:
    passages = [paragraph(f"en{n}", 3, 20) for n in range(30)]
    rows = [
        row("a", "A", paragraph("en", 20), *[part for passage in passages for part in (passage, "x.")]),
        row("b", "B", *[part for n, passage in enumerate(passages) for part in (passage, f"Own y{n} word.")]),
    ]
    cut = trimmed(tmp_path / "cut", [rows], action="cut", max_pieces=50)
    whole = trimmed(tmp_path / "whole", [rows], action="cut", max_pieces=5)
    assert cut[0]["cuts"] == 30 and whole[0] | {"cuts": 0, "masks": 30} == whole[0]
    assert whole[1]["b"]["text"] == rows[1]["text"] and len(whole[1]["b"]["masks"]) == 30


def test_nothing_and_hostile_text(tmp_path: Path) -> None:
    counts, left, ledger = trimmed(tmp_path / "empty", [])
    assert (counts, left, ledger) == ({}, {}, [])
    hostile = [
        "", "\x00" * 500, "中" * 100_000, "中" * 60_000, "a " * 50_000, "\u200b\u202e" * 900, "." * 5000,
        "。" * 4000, "\n" * 9000, "😀\ufffd\x1b[31m" * 300, "(" * 4000, "第一条 " * 4000, "-\n" * 4000,
    ]  # fmt: skip
    rows = [row(f"{number:02}", text) for number, text in enumerate(hostile)]
    counts, left, _ = trimmed(tmp_path / "hostile", [rows, []])
    assert counts["in"] == len(rows) == counts["documents"] + counts["dropped"]


def test_off_writes_what_is_kept(tmp_path: Path) -> None:
    rows = [row(name, paragraph("zh")) for name in "abc"]
    rows[1]["keep"] = False
    counts, left, ledger = trimmed(tmp_path, [rows], enabled=False)
    assert ledger == [] and counts["not_kept"] == 1
    assert {name: document["text"] for name, document in left.items()} == {
        name: paragraph("zh") for name in "ac"
    }


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("first", [True, False])
def test_a_passage_is_learnt_where_it_is_not_masked(tmp_path: Path, language: str, first: bool) -> None:
    """A tool line of a chat quotes a manual, which comes after it or before it."""
    shared = paragraph(f"{language}shared")
    chat = row("a", paragraph(f"{language}1"), shared, paragraph(f"{language}2"))
    at = chat["text"].index(shared)
    chat |= {"masks": [{"start": at, "end": at + len(shared)}], "source": "s" if first else "t"}
    manual = row("b", paragraph(f"{language}3"), shared, source="t" if first else "s")
    _, left, ledger = trimmed(tmp_path, [[chat, manual]])
    assert not ledger
    assert left["a"]["text"] == chat["text"] and left["a"]["masks"] == chat["masks"]
    assert left["b"]["text"] == manual["text"]


def test_a_name_that_is_masked_breaks_no_passage(tmp_path: Path) -> None:
    shared = paragraph("en")
    one, two = row("a", paragraph("en1", 20), shared), row("b", paragraph("en2"), shared)
    for document in (one, two):
        at = document["text"].index(shared) + 30
        document["masks"] = [{"start": at, "end": at + 8}]
    _, left, _ = trimmed(tmp_path, [[one, two]])
    assert shared in left["a"]["text"] and shared not in left["b"]["text"]


def test_an_excerpt_is_as_long_in_characters_of_four_bytes(tmp_path: Path) -> None:
    rng = random.Random(2)
    rare = [chr(code) for code in range(0x20000, 0x20800)]
    shared = "".join("".join(rng.choices(rare, k=20)) + "。" for _ in range(15))
    rows = [row("a", "甲", paragraph("zh1", 30), shared), row("b", "乙", paragraph("zh2"), shared)]
    _, _, (verdict,) = trimmed(tmp_path, [rows])
    assert verdict["excerpt"] == shared[:200]
