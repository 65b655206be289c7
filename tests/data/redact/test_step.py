"""The step on shards: tables, ledger, meta, conversations, sources, and what no table may hold."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from measure import rows
from world import redacted, row, texts

from rewarm.corpus.tables import documents
from rewarm.data.redact import frequency
from rewarm.pii import find

LABELLED = [(text, [text[start:end] for start, end, _ in spans]) for text, spans in rows() if spans]


def _everything(folder: Path) -> str:
    tables = [pq.read_table(path).to_pylist() for path in sorted(folder.rglob("*.parquet"))]
    return json.dumps(tables, ensure_ascii=False) + "".join(
        path.read_text() for path in folder.rglob("*.json")
    )


@pytest.mark.slow
def test_no_structured_value_is_left_in_any_table(tmp_path: Path) -> None:
    given = [row(number, text, meta=json.dumps({"note": text})) for number, (text, _) in enumerate(LABELLED)]
    held = _everything(redacted(tmp_path, given))
    values = {
        text[start:end]
        for text, spans in rows()
        for start, end, _ in spans
        if sum(map(str.isdigit, text[start:end])) >= 6
        and any(item.start <= start and end <= item.end for item in find(text))
    }
    assert len(values) > 500
    assert [value for value in values if json.dumps(value, ensure_ascii=False)[1:-1] in held] == []


def test_verdicts_say_type_and_count_only(tmp_path: Path) -> None:
    folder = redacted(
        tmp_path, [row(1, "姓名：王小明，电话13800138000，备用13900139000。"), row(2, "没有什么。")]
    )
    (name, phone) = documents.rows(folder / "ledger")
    assert (name["reason"], phone["reason"]) == ("personal.name", "personal.phone")
    assert (phone["verdict"], phone["score"], phone["match"]) == ("edit", 2.0, "2 × surrogate")
    assert "1380013" not in phone["excerpt"] and "王小明" not in phone["excerpt"]
    counts = json.loads((folder / "counts.json").read_text())
    assert (
        counts["in"] == counts["documents"] == 2 and counts["edited"] == 1 and counts["surrogate.phone"] == 2
    )
    assert texts(folder)[1]["text"] == "没有什么。" and texts(folder)[1]["masks"] == []


def test_equal_texts_stay_equal_and_others_cannot_be_joined(tmp_path: Path) -> None:
    given = [row(1, "电话13800138000。"), row(2, "电话13800138000。"), row(3, "电话13800138000！")]
    one, two, three = (item["text"] for item in texts(redacted(tmp_path, given)))
    assert one == two and one[:-1] != three[:-1]


def test_a_conversation_keeps_its_persons(tmp_path: Path) -> None:
    given = [
        row(1, "客户：我叫王小明。", meta='{"conversation": "c1"}'),
        row(2, "客服：王小明先生您好。", meta='{"conversation": "c1"}'),
        row(3, "客户：我叫王小明。", meta='{"conversation": "c2"}'),
    ]
    one, two, three = (item["text"] for item in texts(redacted(tmp_path, given)))
    assert one[5:8] == two[3:6] != three[5:8]


def test_other_fields_are_redacted_by_their_names(tmp_path: Path) -> None:
    meta = {
        "phone": 13800138000,
        "姓名": "王小明",
        "tags": ["zhang@qq.com", "老客户"],
        "turns": 12,
        "time": 1700000000,
    }
    (item,) = texts(redacted(tmp_path, [row(1, "我叫王小明，打13800138000。", meta=json.dumps(meta))]))
    made = json.loads(item["meta"])
    assert made["turns"] == 12 and made["time"] == 1700000000 and made["tags"][1] == "老客户"
    assert made["姓名"] in item["text"] and made["phone"] in item["text"]
    assert "13800138000" not in item["meta"] and "zhang@" not in item["meta"]


def test_sources_choose(tmp_path: Path) -> None:
    text = "司马迁生平。编者：王小明，电话13800138000。"
    given = [row(n, text, source=name) for n, name in enumerate(("chats", "history", "raw"))]
    sources = {"chats": "all", "history": "structured", "raw": "none"}
    chats, history, raw = (item["text"] for item in texts(redacted(tmp_path, given, sources)))
    assert "王小明" not in chats and "王小明" in history and "13800138000" not in history and raw == text


def test_off_passes_documents_on(tmp_path: Path) -> None:
    folder = redacted(tmp_path, [row(1, "电话13800138000。")], enabled=False)
    assert texts(folder)[0]["text"] == "电话13800138000。" and list(documents.rows(folder / "ledger")) == []


def test_a_dropped_document_leaves_a_verdict_without_its_values(tmp_path: Path) -> None:
    folder = redacted(
        tmp_path, [row(1, "卡号6222021602012345678，电话13800138000。")], types={"card": "drop_document"}
    )
    assert texts(folder) == []
    (verdict,) = documents.rows(folder / "ledger")
    assert (verdict["verdict"], verdict["reason"]) == ("drop", "personal.card")
    assert verdict["excerpt"] == "卡号[card]，电话[phone]。"


def test_an_empty_shard_gives_empty_tables(tmp_path: Path) -> None:
    folder = redacted(tmp_path, [])
    assert texts(folder) == [] and json.loads((folder / frequency.TABLE).read_text()) == {}


def test_a_surrogate_that_becomes_frequent_is_counted(tmp_path: Path) -> None:
    folder = redacted(tmp_path, [row(n, f"第{n}次，请拨打400-820-8820。") for n in range(60)])
    counts = json.loads((folder / "counts.json").read_text())
    assert counts["too_frequent"] == 0
    # One conversation's number in every document is what must be told.
    given = [row(n, f"第{n}次，请拨打400-820-8820。", meta='{"conversation": 1}') for n in range(60)]
    folder = redacted(tmp_path / "again", given)
    told = json.loads((folder / frequency.TABLE).read_text())["phone"]
    assert json.loads((folder / "counts.json").read_text())["too_frequent"] == 1
    assert told["most_frequent"][0]["count"] == 60 and told["distinct"] == 1


def test_a_model_for_names_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rewarm.errors import RewarmError

    monkeypatch.setitem(__import__("sys").modules, "spacy", None)
    with pytest.raises(RewarmError, match=r"rewarm\[ner\]"):
        redacted(tmp_path, [row(1, "x")], ner="some_model")


def test_a_number_that_came_as_a_fraction_is_a_number(tmp_path: Path) -> None:
    given = [row(1, "没有什么。", meta=json.dumps({"phone": 13800138000.0, "share": 0.5, "year": 2024.0}))]
    meta = json.loads(texts(redacted(tmp_path, given))[0]["meta"])
    assert "138001380" not in json.dumps(meta) and meta["share"] == 0.5 and meta["year"] == 2024.0
