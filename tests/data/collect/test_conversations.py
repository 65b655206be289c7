import csv
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_conversations import CANNED, DAY, HANDWRITTEN, START, SYSTEM, made

from rewarm.corpus.tables import documents
from rewarm.data.collect import step
from rewarm.data.collect.conversations import phases, store, words
from rewarm.data.redact.step import redact_shard
from rewarm.engine.work import Work
from rewarm.recipe import Collect, Redact


def write(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


@pytest.fixture
def told(tmp_path, source, collected):
    """Collect records as conversations; (counts, documents, faults)."""

    def collect(records, into="out", labels=None, **settings):
        write(tmp_path / f"{into}-in" / "chat.jsonl", records)
        return collected(
            source(tmp_path / f"{into}-in", labels=labels or {}, conversations=settings), into=into
        )

    return collect


def masked(row):
    return [row["text"][span["start"] : span["end"]] for span in row["masks"]]


def flat(rows):
    return [line for conversation in rows for line in conversation]


def test_rows_of_many_users_become_one_document_a_conversation(told, tmp_path):
    rows = flat(made())
    random.Random(1).shuffle(rows)
    counts, found, faults = told(rows)
    assert counts["documents"] == 240 and counts["messages"] == counts["messages.in_documents"] == 1440
    assert counts["messages.masked.system"] == counts["messages.masked.tool"] == 240
    assert counts["messages.masked.canned"] == 240 and counts["messages.unordered"] > 240
    by_start = {row["text"]: row for row in found}
    assert len(by_start) == 240
    for row in found:
        zh = "客户：" in row["text"]
        lines = row["text"].split("\n")
        assert [line[: line.index("：" if zh else ":")] for line in lines] == (
            ["系统", "客户", "工具", "客服", "客户", "客服"]
            if zh
            else ["System", "Customer", "Tool", "Agent", "Customer", "Agent"]
        )
        language = "zh" if zh else "en"
        spans = masked(row)
        assert SYSTEM[language] in spans[0] and "shipped" in spans[1]
        assert spans[2] == CANNED[language] and len(spans) == 3
        assert lines[1] not in "".join(spans) and lines[3] not in "".join(spans) and lines[4] not in spans
    assert {row["reason"] for row in faults} == {
        "conversation.unordered", "conversation.system", "conversation.tool", "conversation.canned",
    }  # fmt: skip
    table = pq.read_table(tmp_path / "out" / "canned.parquet").to_pylist()
    assert {row["reply"]: row["conversations"] for row in table} == {CANNED["zh"]: 120, CANNED["en"]: 120}
    assert not (tmp_path / "out" / "_stores").exists()


def test_conversations_depend_on_no_shard_bucket_or_worker(tmp_path, source, collected, monkeypatch):
    rows = flat(made())
    write(tmp_path / "one" / "0.jsonl", rows)
    one = collected(source(tmp_path / "one", conversations={}), into="alone")
    random.Random(2).shuffle(rows)
    for part in range(6):
        write(tmp_path / "many" / f"{part}.jsonl", rows[part::6])
    monkeypatch.setattr(step, "_UNIT_FILES", 1)
    monkeypatch.setattr(store, "_BUCKET_BYTES", 20_000)
    monkeypatch.setattr(store, "_FLUSH_ROWS", 50)
    many = collected(source(tmp_path / "many", conversations={}), into="cut")
    assert len(list((tmp_path / "cut" / "documents").iterdir())) > 3

    def said(found):
        return sorted((row["id"], row["text"], str(row["masks"])) for row in found[1])

    assert said(one) == said(many)


@pytest.mark.parametrize("shape", ["messages", "sharegpt", "list", "text", "parquet", "csv", "nested"])
def test_shapes_give_the_same_conversation(tmp_path, source, collected, shape):
    pairs = [("user", "The lamp, is it dimmable?"), ("assistant", 'Yes: hold "on" for\ntwo seconds.')]
    plain = [{"role": role, "content": text} for role, text in pairs]
    record = {
        "messages": {"messages": plain},
        "sharegpt": {"conversations": [{"from": role, "value": text} for role, text in pairs]},
        "list": plain,
        "text": {"text": "\n".join(f"{role}: {text}" for role, text in pairs)},
        "nested": {"data": {"turns": [{"who": {"name": role}, "said": text} for role, text in pairs]}},
    }.get(shape)
    folder = tmp_path / "in"
    folder.mkdir()
    settings = {}
    if shape == "parquet":
        pq.write_table(pa.table({"conversation": [plain]}), folder / "a.parquet")
    elif shape == "csv":
        with (folder / "a.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("session", "sender", "text"), *(("s", *pair) for pair in pairs)])
    else:
        write(folder / "a.jsonl", [record])
    if shape == "nested":
        settings = {"messages": "data.turns", "speaker": "who.name", "content": "said"}
    _, (row,), faults = collected(source(folder, conversations=settings))
    assert row["text"] == 'Customer: The lamp, is it dimmable?\nAgent: Yes: hold "on" for\ntwo seconds.'
    assert faults == [] and row["masks"] == []


def test_silence_day_and_session_cut(told):
    def row(time, text, **more):
        return {"user_id": "a", "time": time, "role": "user", "content": text, **more}

    rows = [row(START, "one"), row(START + 1799, "two"), row(START + 3700, "three")]
    assert [r["text"] for r in told(rows, into="gap")[1]] == [
        "Customer: one\nCustomer: two",
        "Customer: three",
    ]
    night = [row(START + hour * 1200, f"m{hour}") for hour in range(80)]
    assert [r["text"].count("\n") + 1 for r in told(night, into="cap")[1]] == [73, 7]
    held = [row(START, "one", session_id="s"), row(START + 9000, "two", session_id="s")]
    assert len(told(held, into="user")[1]) == 2
    assert len(told(held, into="session", by="session")[1]) == 1
    assert len(told(held, into="long", gap_minutes=200)[1]) == 1


def test_nothing_is_lost_silently(told):
    good = {"user_id": "a", "time": START, "role": "user", "content": "What about the \ud800 lamp?"}
    rows = [
        good,
        good,
        {**good, "time": None, "content": "no time"},
        {**good, "time": "soon", "content": "a bad time"},
        {**good, "time": START - 60, "content": "earlier"},
        {**good, "role": None},
        {**good, "content": {"a": 1}},
        {**good, "content": " "},
        {"role": "user", "content": "whose?"},
        {"messages": []},
        {"messages": [7]},
        {**good, "content": [{"type": "text", "text": "see"}, {"type": "image_url"}], "time": START + 1},
    ]
    counts, found, faults = told([json.loads(json.dumps(row)) for row in rows])
    text = next(row["text"] for row in found if "lamp" in row["text"])
    assert text.split("\n")[0] == "Customer: earlier" and text.count("lamp") == 1
    assert all(word in "".join(row["text"] for row in found) for word in ("no time", "a bad time", "see"))
    assert counts["messages"] == counts["messages.in_documents"] + counts["messages.repeated"]
    assert counts["messages.repeated"] == 1 and counts["messages.untimed"] == 2
    reasons = [row["reason"] for row in faults]
    for reason in (
        "speaker",
        "message",
        "empty",
        "no_user",
        "bad_time",
        "not_text",
        "empty_message",
        "repeated",
    ):
        assert f"conversation.{reason}" in reasons, reason
    assert all(row["origin"] for row in faults)


def test_only_the_agents_repeated_words_are_canned(told):
    conversations = [
        {"messages": [
            {"role": "user", "content": "Where is it?"},
            {"role": "assistant", "content": f"Your parcel number {number} is in hall {number}."},
            {"role": "user", "content": "Thank you for waiting."},
            {"role": "assistant", "content": "Thank you  for waiting!" if number < 12 else f"Bye {number}"},
        ]}
        for number in range(100)
    ]  # fmt: skip
    _, found, _ = told(conversations)
    assert sorted(filter(None, map(tuple, map(masked, found)))) == [("Thank you  for waiting!",)] * 12
    assert not any(masked(row) for row in told(conversations, into="high", canned_share=0.2)[1])
    assert not any(masked(row) for row in told(conversations, into="least", canned_conversations=13)[1])


def test_handwritten_conversations_and_their_density(told, tmp_path):
    records = [{"text": text, "id": number} for number, text in enumerate(HANDWRITTEN)]
    counts, found, faults = told(records, min_informative=0.15)
    assert counts["documents"] == 18
    dropped = [row for row in faults if row["verdict"] == "drop"]
    assert sorted(row["origin"] for row in dropped) == ["chat.jsonl:14#0", "chat.jsonl:8#0"]
    assert all(
        row["reason"] == "conversation.low_density" and row["score"] < row["threshold"] == 0.15
        for row in dropped
    )
    texts = {row["origin"]: row["text"] for row in found}
    assert texts["chat.jsonl:7#0"].endswith("忘记密码\n用手机收验证码\n再设新密码")
    assert texts["chat.jsonl:20#0"] == HANDWRITTEN[19]
    rows = list(documents.rows(tmp_path / "out" / "conversations"))
    assert min(row["informative"] for row in rows) > 0.4 and {row["speakers"] for row in rows} == {2}


def test_the_recipe_names_roles_and_labels(told):
    conversation = [{"role": "坐席007", "content": "您好"}, {"role": "小李", "content": "灯坏了"}]
    settings = {"roles": {"坐席007": "agent"}, "speakers": {"agent": "技师"}}
    _, (row,), _ = told([{"messages": conversation}], **settings)
    assert row["text"] == "技师：您好\n小李：灯坏了"
    _, (row,), _ = told(
        [{"messages": conversation}], into="en", labels={"language": "en"}, roles={"小李": "customer"}
    )
    assert row["text"] == "坐席007: 您好\nCustomer: 灯坏了"


def test_one_person_keeps_one_surrogate_in_a_conversation_and_none_across(told, tmp_path):
    said = "我叫王小明，电话13812345678"
    rows = [
        {
            "user_id": "u",
            "time": START + day * DAY + at,
            "role": "user",
            "content": f"{said}，第{day}次问第{at}句",
        }
        for day in range(2)
        for at in range(2)
    ]
    told(rows)
    config = {"redact": Redact().model_dump(mode="json"), "sources": {"law": "all"}, "seed": 0}
    for table in ("documents", "ledger", "surrogates", "kinds"):
        (tmp_path / "red" / table).mkdir(parents=True)
    redact_shard(str(tmp_path / "out/documents/00000.parquet"), str(tmp_path / "red"), config)
    names = []
    for row in documents.rows(tmp_path / "red" / "documents"):
        first, second = (line.split("，第")[0] for line in row["text"].split("\n"))
        assert first == second and "王小明" not in first and "13812345678" not in first
        names.append(first)
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (1_700_000_000, 1_700_000_000), (1_700_000_000_123, 1_700_000_000.123), ("1700000000", 1_700_000_000),
        (1.7e15, 1_700_000_000), ("2023-11-14T22:13:20Z", 1_700_000_000), ("2023/11/14 22:13", 1_699_999_980),
        ("20231114221320", 1_700_000_000), ("2023-11-15 06:13:20+08:00", 1_700_000_000),
        ("soon", None), (True, None), (float("nan"), None), (-5, None), (1e300, None),
        ("9" * 400, None), ([], None),
    ],
)  # fmt: skip
def test_times(given, seconds):
    found = words.microseconds(given)
    assert found == (None if seconds is None else pytest.approx(seconds * 1e6, abs=2))


def test_ids_that_count_from_one_in_each_session_lose_nothing(told):
    lines = [
        {"user": "u", "time": START + 60 * number, "speaker": "user", "content": f"question {number}",
         "message_id": str(1 + number % 3)}
        for number in range(6)
    ]  # fmt: skip
    call = {"user": "u", "time": START + 900, "role": "assistant", "message_id": "m"}
    call |= {"content": "Let me look", "tool_calls": [{"name": "search"}]}
    counts, rows, _ = told([*lines, call, lines[0]])
    assert counts["messages"] == 9 and counts["messages.repeated"] == 1
    text = "".join(row["text"] for row in rows)
    assert all(f"question {number}" in text for number in range(6)) and "search" in text


def test_whole_numbers_that_came_as_fractions_name_a_user(told):
    rows = [
        {"user_id": 7.0, "time": START + number, "speaker": "user", "content": f"line {number}"}
        for number in range(3)
    ]
    counts, _, _ = told(rows)
    assert counts["documents"] == 1 and counts["messages"] == 3


def test_killed_while_the_stores_are_taken_away(tmp_path, source, monkeypatch):
    rows = flat(made())
    write(tmp_path / "in" / "chat.jsonl", rows)
    config = {
        "sources": [source(tmp_path / "in", conversations={})],
        "collect": Collect().model_dump(mode="json"),
    }
    work = Work("collect", tmp_path / "out", config)

    def killed(path, **_):
        for file in sorted(path.rglob("*"))[::2]:
            file.unlink() if file.is_file() else None
        raise KeyboardInterrupt

    monkeypatch.setattr(phases.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        step.run(work)
    monkeypatch.undo()
    again = step.run(work)
    fresh = step.run(Work("collect", tmp_path / "fresh", config))
    assert again == fresh
    for table in ("canned.parquet", "documents", "conversations", "faults"):
        assert pq.read_table(tmp_path / "out" / table) == pq.read_table(tmp_path / "fresh" / table)
