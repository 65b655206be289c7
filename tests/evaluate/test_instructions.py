"""Every constraint accepts an answer that keeps to it and refuses one that only continues the text."""

from pathlib import Path

import pytest

from rewarm.evaluate import command, instructions
from rewarm.evaluate.instructions import CONSTRAINTS
from rewarm.evaluate.score import generation, loaded_model

GOOD = {
    ("en", "one_word"): "No.", ("en", "capitals"): "BREAD IS BAKED.",
    ("en", "three_points"): "- a\n- b\n- c", ("en", "no_commas"): "Bread is old. It is good.",
    ("en", "begin"): "Dear Anna, the bread is here.", ("en", "end"): "Bread is good. The end.",
    ("en", "json"): 'Sure: {"topic": "bread"}', ("en", "few_words"): "Baked flour and water.",
    ("zh", "one_word"): "常见。", ("zh", "three_points"): "- 一\n- 二\n- 三",
    ("zh", "no_commas"): "面包很好吃。", ("zh", "begin"): "亲爱的朋友，你好。",
    ("zh", "end"): "面包好吃，完毕。", ("zh", "json"): '{"topic": "面包"}',
    ("zh", "chinese"): "面包是一种食物。", ("zh", "few_words"): "面粉做的食物。",
}  # fmt: skip
CONTINUED = (
    "and butter, which people have eaten for a long time,\n- one\nin many countries of the world, " * 4
)


def test_each_constraint_tells_a_good_answer_from_continued_text() -> None:
    assert set(GOOD) == {(one.language, one.name) for one in CONSTRAINTS}
    for one in CONSTRAINTS:
        assert one.follows(GOOD[one.language, one.name]), one
        assert not one.follows(CONTINUED) and not one.follows(""), one


def test_answers_come_through_the_chat_template(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = loaded_model.load(model, "cpu")
    seen: list[str] = []

    def answers(
        network: object, tokenizer: object, prompts: list[str], most: int, **how: object
    ) -> list[str]:
        assert how["chat"] is True
        seen.extend(prompts)
        return ["- a\n- b\n- c"] * len(prompts)

    monkeypatch.setattr(generation, "generate", answers)
    table = instructions.score(loaded, "base").table
    right = {row["id"] for row in table.to_pylist() if row["correct"]}
    assert len(table) == len(seen) == 4 * len(CONSTRAINTS) and "the moon" in seen[1]
    assert {"en:three_points:bread", "zh:three_points:面包"} <= right and "en:json:bread" not in right


def test_only_a_base_with_a_chat_template_is_asked(model: Path, tmp_path: Path) -> None:
    import json
    import shutil

    assert command.measures_of(model, command.DEFAULT) == []
    chat = tmp_path / "chat"
    shutil.copytree(model, chat)
    settings = json.loads((chat / "tokenizer_config.json").read_text())
    settings["chat_template"] = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    (chat / "tokenizer_config.json").write_text(json.dumps(settings))
    assert [one.name for one in command.measures_of(chat, command.DEFAULT)] == ["instructions"]
    assert command.measures_of(chat, command.How(instructions=False)) == []
    rows = instructions.score(loaded_model.load(chat, "cpu"), "base").table
    assert len(rows) == 4 * len(CONSTRAINTS) and any(rows["answer"].to_pylist())
