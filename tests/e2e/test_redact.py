"""Personal data from the input to the last page: nothing that follows `collect` holds an original value."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import document, rewarm, write_recipe
from transformers import AutoTokenizer

pytestmark = pytest.mark.slow


VALUES = [
    "王小明",
    "13812345678",
    "110105199208153372",
    "6222021602012345678",
    "wang.xm77@163.com",
    "文三路138号2幢",
    "wx_lilei88",
    "SF1398827364510",
    "Sarah Johnson",
    "415-555-2671",
    "4539148803436467",
    "AKIA4T7QK2ZRB9XWLM3D",
]
CHAT = (
    "客户：我叫王小明，手机13812345678，身份证110105199208153372，卡号6222021602012345678，邮箱wang.xm77@163.com。\n"
    "客服：王小明先生，请寄到浙江省杭州市西湖区文三路138号2幢，微信号wx_lilei88，快递单号SF1398827364510。\n"
    "Agent: Sarah Johnson, phone 415-555-2671, card 4539148803436467, key AKIA4T7QK2ZRB9XWLM3D.\n"
)


def test_no_original_survives_behind_collect(world: Path, model: Path) -> None:
    records = [
        {"text": f"{CHAT}{document('law', n)}", "customer": "王小明", "phone": 13812345678}
        for n in range(120)
    ]
    # What later steps drop: a repeated one, a short one, one that is all symbols; and a broken record.
    records += [records[0], {"text": "电话13812345678"}, {"text": "#" * 60 + "13812345678 wang.xm77@163.com"}]
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    lines.append('{"text": "王小明，手机13812345678，身份证110105199208153372"')
    (world / "law/chats.jsonl").write_text("\n".join(lines), encoding="utf-8")
    write_recipe(world, model, redact={"enabled": True})
    ended = rewarm(world, "run", "recipe.yaml", "--json")
    assert ended.returncode == 0, ended.stderr
    counts = {step["step"]: step["counts"] for step in json.loads(ended.stdout)["steps"]}
    assert counts["redact"]["edited"] >= 121 and counts["tokenize"]["masked_tokens"] > 120 * 50
    assert (
        counts["collect"]["faults"] == 1
        and counts["select"]["dropped"] >= 1
        and counts["dedupe"]["dropped"] >= 1
    )

    run = world / "runs/small"
    tokenizer = AutoTokenizer.from_pretrained(model)
    seen = 0
    for path in sorted(run.rglob("*")):
        if (
            not path.is_file()
            or path.is_symlink()
            or (path.parts[-2] == "documents" and "collect-" in str(path))
        ):
            continue
        held = _held(path, tokenizer)
        seen += 1
        assert [value for value in VALUES if value in held] == [], path
    assert seen > 40
    said = ended.stdout + ended.stderr
    ids = [row["id"] for row in pq.read_table(next((run / "steps").glob("redact-*/ledger"))).to_pylist()]
    for identity in {ids[0], ids[-1]}:
        said += rewarm(world, "explain", "runs/small", identity, "--json").stdout
    said += rewarm(world, "explain", "runs/small", "--update", "1", "--json").stdout
    assert [value for value in VALUES if value in said] == []

    # Without what was collected the run stands; the next one reads the sources again and stops there.
    (collected,) = (run / "steps").glob("collect-*")
    shutil.rmtree(collected)
    assert "personal." in rewarm(world, "explain", "runs/small", ids[0], "--json").stdout
    again = json.loads(rewarm(world, "run", "recipe.yaml", "--json").stdout)["steps"]
    assert [step["step"] for step in again if step["state"] == "ran"] == ["collect"]


def _held(path: Path, tokenizer: AutoTokenizer) -> str:
    if path.suffix == ".parquet":
        return json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str)
    if path.suffix == ".arrow":
        with pa.memory_map(str(path)) as file:
            rows = pa.ipc.open_file(file).read_all()["tokens"].to_pylist()
        return "\n".join(tokenizer.decode(row) for row in rows)
    return path.read_bytes().decode("utf-8", "replace")
