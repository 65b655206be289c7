"""Planted phrases are found whole, told, and capped; what only resembles them is left alone."""

import random
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shards import read_documents, write_documents

from rewarm.corpus.tables import documents
from rewarm.data.phrases import choose as choose_module
from rewarm.data.phrases import step
from rewarm.data.phrases.cap import capped
from rewarm.data.phrases.choose import RUNS, choose
from rewarm.engine.work import Work
from rewarm.recipe import Phrases

CANNED = "感谢您的来电，如果您对本次服务满意，请在挂机后按一进行评价，祝您生活愉快。"
NOTICE = "This message is confidential and intended only for the person it is addressed to, thank you."
GENERAL = "It should be noted that on the other hand this is not always the case in practice."
HAN = "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
WORDS = [
    "valve", "pressure", "pipe", "river", "stone", "market", "winter", "garden", "letter", "engine", "bread",
    "cloud", "paper", "table", "silver",
]  # fmt: skip
SOURCES = {
    "zh": {"language": "zh", "task": "domain"},
    "en": {"language": "en", "task": "domain"},
    "web": {"language": "en", "task": "general"},
}


def text(kind: str, number: int) -> str:
    rng = random.Random(f"{kind}{number}")
    if kind == "zh":
        return "".join(rng.choices(HAN, k=120)) + "。"
    return " ".join(rng.choices(WORDS, k=60)) + "."


def rows(count: int = 300) -> list[dict[str, Any]]:
    found = []
    for kind in SOURCES:
        for number in range(count):
            said = text(kind, number)
            if kind == "zh" and number % 10 == 0:
                said = f"{said}\n{CANNED}"
            if kind == "en" and number % 10 == 0:
                said = f"{said} {NOTICE} {text(kind, -number - 1)}"
            if kind != "zh" and number % 8 == 1:
                said = f"{said} {GENERAL}"
            found.append(
                {"id": documents.document_id(kind, str(number)), "text": said, "source": kind,
                 "origin": f"{kind}:{number}", "meta": "{}", "masks": []}
            )  # fmt: skip
    return found


def run(
    folder: Path, found: list[dict[str, Any]], shards: int = 1, **changes: Any
) -> tuple[Path, dict[str, int]]:
    for shard in range(shards):
        write_documents(folder / "select/documents", found[shard::shards], shard)
    (folder / "phrases").mkdir()
    config = {"phrases": Phrases(**changes).model_dump(), "sources": SOURCES}
    tables = {"documents": [folder / "select/documents"]}
    work = Work("phrases", folder / "phrases", config, tables=tables)
    return folder / "phrases", step.run(work)


def table(folder: Path) -> list[dict[str, Any]]:
    return pq.read_table(folder / step.TABLE).to_pylist()


def texts(folder: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in read_documents(folder / "documents")}


def test_planted_phrases_are_listed_whole_and_nothing_else(tmp_path: Path) -> None:
    found = rows()
    folder, counts = run(tmp_path, found)
    listed = {row["source"]: row for row in table(folder)}
    assert set(listed) == {"zh", "en"} and counts["phrases"] == 2
    assert listed["zh"]["phrase"] == CANNED[:-1] and listed["en"]["phrase"] == NOTICE[:-1]
    assert listed["zh"]["documents"] == listed["en"]["documents"] == 30
    assert listed["en"]["log_odds"] > 3 and listed["en"]["verdict"] == "report"
    assert listed["zh"]["chars"] == 10 * len(CANNED[:-1])
    assert [row["text"] for row in texts(folder).values()] == [row["text"] for row in found]


def test_dropped_beyond_those_that_keep_theirs(tmp_path: Path) -> None:
    found = rows()
    folder, counts = run(tmp_path, found, action="drop", keep=5)
    left, plain = texts(folder), {row["id"]: row["text"] for row in found}
    for kind, phrase in (("zh", CANNED), ("en", NOTICE)):
        mine = [row for row in left.values() if row["source"] == kind]
        assert sum(phrase in row["text"] for row in mine) == 5
        whole = {row["id"]: plain[row["id"]].replace(phrase, "").strip() for row in mine}
        for row in mine:
            if phrase not in row["text"] and GENERAL not in row["text"]:
                assert row["text"].replace(" ", "") == whole[row["id"]].replace(" ", "")
    assert counts["edited"] == 50
    verdicts = pq.read_table(folder / "ledger").to_pylist()
    assert len(verdicts) == 50 and {row["reason"] for row in verdicts} == {"phrase"}
    assert verdicts[0]["score"] == 30 and verdicts[0]["threshold"] == 5


def test_masked_ones_stay_and_carry_no_loss(tmp_path: Path) -> None:
    folder, counts = run(tmp_path, rows(), action="mask", keep=5)
    masked = [row for row in texts(folder).values() if row["masks"]]
    assert len(masked) == counts["masked"] == 50
    spans = {row["text"][row["masks"][0]["start"] : row["masks"][0]["end"]] for row in masked}
    assert spans == {CANNED[:-1], NOTICE[:-1]}


@pytest.mark.parametrize("action", ["mask", "drop"])
def test_a_second_pass_finds_nothing_more(tmp_path: Path, action: str) -> None:
    folder, _ = run(tmp_path / "once", rows(), action=action, keep=5)
    again, counts = run(tmp_path / "twice", list(texts(folder).values()), action=action, keep=5)
    assert counts["phrases"] == counts["edited"] == counts["masked"] == 0
    assert texts(again) == texts(folder)


def test_allowed_and_forbidden_are_the_users(tmp_path: Path) -> None:
    folder, _ = run(
        tmp_path, rows(), action="drop", keep=5, allow=["请在挂机后按一进行评价"], forbid=["silver"]
    )
    left = texts(folder).values()
    assert sum(CANNED in row["text"] for row in left) == 30
    assert {row["source"]: row["verdict"] for row in table(folder)}["zh"] == "allowed"
    assert not any("silver" in row["text"] for row in left)


def test_shards_and_their_order_change_nothing(tmp_path: Path) -> None:
    found = rows()
    one, _ = run(tmp_path / "one", found, action="drop", keep=5)
    random.Random(1).shuffle(found)
    many, _ = run(tmp_path / "many", found, 3, action="drop", keep=5)
    assert texts(one) == texts(many) and table(one) == table(many)


def test_text_of_nothing_but_one_character_costs_no_more(tmp_path: Path) -> None:
    found = rows(30)
    for row in found[:4]:
        row["text"] = "a " * 200_000
    _, counts = run(tmp_path, found, action="drop")
    assert counts["documents"] == 90


def test_spelling_that_is_told_does_not_hang_on_shards(tmp_path: Path) -> None:
    found = rows()
    for number, row in enumerate(found):
        if row["source"] == "en" and number % 20 == 0:
            row["text"] = row["text"].replace(NOTICE, NOTICE.upper().replace(" ", "  "))
    one, _ = run(tmp_path / "one", found)
    for shards in (2, 3, 7):
        random.Random(shards).shuffle(found)
        many, _ = run(tmp_path / str(shards), found, shards)
        assert table(one) == table(many)


def test_counting_in_slices_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = run(tmp_path / "whole", rows(), action="drop", keep=5)
    monkeypatch.setattr(step, "_AT_ONCE", 5000)
    sliced, _ = run(tmp_path / "sliced", rows(), action="drop", keep=5)
    assert table(whole) == table(sliced) and texts(whole) == texts(sliced)


def test_many_phrases_on_one_line_cost_linear_time() -> None:
    def seconds(times: int) -> float:
        line = "abcdefgh ijk, " * times
        places = [(at * 14, at * 14 + 8) for at in range(times)]
        began = time.process_time()
        left, _ = capped(line, [], places, "drop")
        assert left == " ".join(["ijk,"] * times)
        return time.process_time() - began

    seconds(1000)
    assert seconds(80_000) < 12 * seconds(20_000)


def test_many_phrases_are_told_in_one_pass() -> None:
    phrases = 3000
    made = [
        {"id": f"{number:020}", "source": "en", "key": key, "chars": 60, "odds": 3.0,
         "text": f"phrase {key} of many" if number == 0 else None}
        for key in range(phrases) for number in range(20)
    ]  # fmt: skip
    told = choose(pa.Table.from_pylist(made, schema=RUNS), {"en": 100}, Phrases().model_dump()).to_pylist()
    assert len(told) == phrases and {row["documents"] for row in told} == {20}
    assert {row["phrase"] for row in told} == {f"phrase {key} of many" for key in range(phrases)}


def test_of_too_many_phrases_those_that_cost_most_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose_module, "_LISTED", 2)
    made = [
        {"id": f"{number:020}", "source": "en", "key": key, "chars": chars, "odds": 3.0,
         "text": f"phrase {key}" if number == 0 else None}
        for key, (chars, documents) in enumerate([(300, 21), (40, 90), (60, 80), (200, 22)])
        for number in range(documents)
    ]  # fmt: skip
    table = choose(pa.Table.from_pylist(made, schema=RUNS), {"en": 100}, Phrases(keep=20).model_dump())
    assert [(row["key"], row["chars"]) for row in table.to_pylist()] == [(2, 3600), (1, 2800)]
    assert table.schema.metadata[choose_module.UNLISTED] == b"2"
