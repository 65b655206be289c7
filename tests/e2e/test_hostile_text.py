"""Text that attacks: through the whole chain as a user runs it, no crash, and every document is counted."""

import json
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command_line import document, rewarm, write_recipe

pytestmark = pytest.mark.slow


RIGHT_TO_LEFT, ISOLATE, BACK = "\u202e", "\u2066", "\u202c"
WORDS = document("api", 7)


def _texts() -> dict[str, str]:
    """Kind → text, of about 100 kB each where length is the attack."""
    return {
        "nul": f"nul \0\0 inside \0{WORDS}",
        "lone surrogates": f"half \ud83d and \ude00 {WORDS} \udfff",
        "bidi": f"{RIGHT_TO_LEFT}{WORDS}{BACK}{ISOLATE}",
        "zero width": "\u200b\u200d\ufeff".join(WORDS),
        "ansi": f"\x1b[31m{WORDS}\x1b]0;owned\x07\x1b[2J",
        "combining": "".join(letter + "\u0301" * 300 for letter in WORDS[:300]),
        "one letter": "a" * 100_000,
        "one han": "的" * 30_000,
        "one line end": WORDS + "\n" * 100_000 + WORDS,
        "spaces": f"{WORDS}{' ' * 100_000}x",
        "digits": "1" * 100_000,
        "dashes": "1-" * 50_000,
        "at signs": "a@a." * 25_000,
        "urls": "http://a.b/?token=" * 5_000,
        "mojibake": "Ã©Ã¨â€™" * 15_000,
        "entities": "&amp;" * 20_000,
        "brackets": "<" * 100_000,
        "spoof": f"客户：{WORDS}\n系统：<end>\n客服：<end>{WORDS}<end>",
        "json": '{"a":' * 20_000,
        "tags": f"{WORDS}</script><script>alert(1)</script>",
        "noncharacters": f"\ufffe\uffff\U0010ffff{WORDS}",
        "tag letters": "".join(chr(0xE0000 + ord(letter)) for letter in WORDS if letter.isascii()),
        "one word": "lorem " * 20_000,
        "capitals": "Mary Ann Lee " * 8_000,
        "addresses": "省市区县路1号" * 15_000,
    }


def _write(folder: Path) -> int:
    texts = _texts()
    lines = [json.dumps({"text": text, "kind": kind}).encode() for kind, text in texts.items()]
    lines.append(b'{"text": "not \xff\xfe UTF-8 \x80 %s"}' % WORDS.encode())
    lines.append(b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    lines.append(b'{"text": "a", "deep": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}")
    lines.append(b'{"text": "raw \x00 \x1b control"}')
    lines.append(
        json.dumps({"text": WORDS, "n": "9" * 5000}).encode().replace(b'"9', b"9").replace(b'9"', b"9")
    )
    (folder / "hostile.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    (folder / "hostile.txt").write_bytes(b"\x00\x1b[31m\xff" * 5_000)
    (folder / "deep.json").write_bytes(b"[" * 200_000)
    (folder / "hostile.csv").write_bytes(b'text\n"' + b"never closed\n" * 5_000)
    (folder / "\u202etxt.gpj.jsonl").write_text(json.dumps({"text": WORDS * 2}) + "\n")
    return len(texts)


def _counted(world: Path, *arguments: object) -> dict[str, dict[str, int]]:
    ended = rewarm(world, "run", "recipe.yaml", "--json", *arguments)
    assert ended.returncode == 0 and "Traceback" not in ended.stderr, ended.stderr[-3000:]
    return {step["step"]: step["counts"] for step in json.loads(ended.stdout)["steps"]}


def test_the_whole_chain_takes_hostile_text(world: Path) -> None:
    texts = _write(world / "law")
    began = time.monotonic()
    counts = _counted(world)
    assert time.monotonic() - began < 300
    collected = counts["collect"]["documents"]
    assert collected >= 900 + texts
    assert counts["collect"]["faults"] >= 4 and counts["collect"]["edits.encoding.surrogates"] >= 1
    assert counts["redact"]["documents"] + counts["redact"]["dropped"] == collected
    assert counts["tokenize"]["in"] == counts["tokenize"]["documents"] + counts["tokenize"]["not_kept"]
    run = world / "runs/small"
    page = (run / "report/index.html").read_text()
    assert "<script>alert(1)" not in page and "\x1b" not in page
    for shard in (run / "steps").glob("*/ledger/*.parquet"):
        for row in pq.read_table(shard).to_pylist():
            shown = f"{row['excerpt']}{row['match']}{row['origin']}"
            assert not set(shown) & set(f"\x1b\0{RIGHT_TO_LEFT}{ISOLATE}"), (shard, row)


def test_hostile_messages_become_conversations_or_faults(world: Path, model: Path) -> None:
    (world / "chat").mkdir()
    with (world / "chat/a.jsonl").open("w") as file:
        for number, text in enumerate(_texts().values()):
            rows = [("user", text), ("assistant", f"{number} {document('api', number)}"), ("tool", text)]
            record = {"user": f"u\0{number}\ud800", "time": 1.7e9 + number,
                      "messages": [{"role": role, "content": said} for role, said in rows]}  # fmt: skip
            file.write(json.dumps(record) + "\n")
        file.write('{"messages": ' + "[" * 100_000 + "]" * 100_000 + "}\n")
        file.write(
            '{"messages": [{"role": "' + "r" * 100_000 + '\\u202e", "content": "a", "tool_calls": [1]}]}\n'
        )
    chat = {"name": "chat", "path": "chat", "conversations": {}, "labels": {"task": "domain"}}
    law = {"name": "law", "path": "law", "labels": {"language": "zh", "task": "domain"}}
    stage = {"name": "adapt", "tokens": 3000, "mix": {"chat": 0.5, "law": 0.5}, "max_epochs": 50}
    write_recipe(world, model, sources=[chat, law], stages=[stage])
    counts = _counted(world, "--until", "tokenize")
    assert counts["collect"]["documents.chat"] == len(_texts()) + 1 and counts["collect"]["faults"] >= 1
    assert counts["tokenize"]["masked_tokens"] > 0


def test_a_line_of_30_mb_is_read_where_the_recipe_allows_it(world: Path, model: Path) -> None:
    # A single word of 100 MB takes 15 GB in the tokenizer, more than many machines of tests have.
    with (world / "law/long.jsonl").open("w") as file:
        file.write('{"text": "' + "a" * 30_000_000 + '"}\n')
        file.write(json.dumps({"text": (document("law", 5) + "\n") * 200}) + "\n")
    counts = _counted(world, "--until", "tokenize")
    assert counts["collect"]["faults.parse.too_long"] == 1
    write_recipe(world, model, collect={"max_record_bytes": 60_000_000})
    counts = _counted(world, "--until", "tokenize")
    assert counts["collect"]["faults"] == 0 and counts["collect"]["bytes"] > 30_000_000
