"""Answers of a model: greedy, the same in a batch as alone, resumed by whole batches."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from rewarm.errors import RewarmError
from rewarm.evaluate.duels import generate
from rewarm.evaluate.duels.generate import Generation

SHORT = Generation(tokens=12, batch=2)


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    texts = [
        "Tenants pay.",
        "The landlord returns the deposit when the lease ends.",
        "Call the API.",
        "x",
        "Law and order",
    ]
    rows = [{"id": str(n), "prompt": text, "labels": {"task": "law"}} for n, text in enumerate(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def rows(path: Path) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in map(json.loads, path.read_text().splitlines())}


def test_answers_are_the_greedy_ones_of_each_prompt_alone(tmp_path: Path, model: Path, prompts: Path) -> None:
    from rewarm.model import pretrained

    found = generate.write(model, "m", prompts, tmp_path / "out.jsonl", SHORT)
    assert found.answers == 5 and not found.template
    tokenizer, loaded = pretrained.tokenizer_of(model), pretrained.model_of(model).eval()
    for row in rows(tmp_path / "out.jsonl").values():
        ids = tokenizer.encode(row["prompt"])
        drawn: list[int] = []
        with torch.no_grad():
            while len(drawn) < 12:
                token = int(loaded(torch.tensor([ids + drawn])).logits[0, -1].argmax())
                if token == tokenizer.eos_token_id:
                    break
                drawn.append(token)
        assert row["answer"] == tokenizer.decode(drawn, skip_special_tokens=True).strip()
        assert row["cut"] == (len(drawn) == 12) and row["labels"] == {"task": "law"}


def test_a_stopped_command_goes_on_with_the_same_batches(
    tmp_path: Path, model: Path, prompts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    generate.write(model, "m", prompts, whole, SHORT)
    lines = whole.read_text().splitlines(keepends=True)
    out.write_text("".join(lines[:3]) + lines[3][:20])
    batches, waiting = generate._batches, []

    def noted(folder: Path, tokenizer: Any, rest: list[Any], generation: Generation) -> Any:
        waiting.append(len(rest))
        return batches(folder, tokenizer, rest, generation)

    monkeypatch.setattr(generate, "_batches", noted)
    generate.write(model, "m", prompts, out, SHORT)
    assert out.read_bytes() == whole.read_bytes() and waiting == [3]
    before = whole.stat().st_mtime_ns
    assert generate.write(model, "m", prompts, whole, SHORT).answers == 5
    assert whole.stat().st_mtime_ns == before


def test_a_file_of_other_settings_or_prompts_is_not_mixed(tmp_path: Path, model: Path, prompts: Path) -> None:
    out = tmp_path / "out.jsonl"
    generate.write(model, "m", prompts, out, SHORT)
    with pytest.raises(RewarmError, match="written with another model, tokens; give a new file"):
        generate.write(model, "other", prompts, out, Generation(13, 2))
    prompts.write_text('{"id": "1", "prompt": "another"}\n')
    with pytest.raises(RewarmError, match="written with other prompts"):
        generate.write(model, "m", prompts, out, SHORT)
    out.write_text('{"id": "1"}\n')
    with pytest.raises(RewarmError, match="was not written by `rewarm duel answer`"):
        generate.write(model, "m", prompts, out, SHORT)


def test_the_chat_template_is_used_where_there_is_one(tmp_path: Path, model: Path, prompts: Path) -> None:
    import shutil

    chat = tmp_path / "chat"
    shutil.copytree(model, chat)
    settings = json.loads((chat / "tokenizer_config.json").read_text())
    settings["chat_template"] = (
        "{% for m in messages %}Q: {{ m.content }}{% endfor %}{% if add_generation_prompt %} A:{% endif %}"
    )
    (chat / "tokenizer_config.json").write_text(json.dumps(settings))
    with_template = generate.write(chat, "m", prompts, tmp_path / "a.jsonl", SHORT)
    plain = generate.write(chat, "m", prompts, tmp_path / "b.jsonl", Generation(12, 2, template=False))
    assert with_template.template and not plain.template
    by_hand = tmp_path / "by_hand.jsonl"
    texts = [{**row, "prompt": f"Q: {row['prompt']} A:"} for row in rows(prompts).values()]
    by_hand.write_text("".join(json.dumps(row) + "\n" for row in texts))
    generate.write(model, "m", by_hand, tmp_path / "c.jsonl", SHORT)
    answers = [
        {key: row["answer"] for key, row in rows(tmp_path / name).items()}
        for name in ("a.jsonl", "c.jsonl", "b.jsonl")
    ]
    assert answers[0] == answers[1] != answers[2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no prompts"),
        ('{"id": "1", "prompt": "a"}\n' * 2, ":2  id: '1' is given twice"),
        ('{"id": "1"}\n', ":1  prompt: None is no text"),
        ('{"id": "1", "prompt": ""}\n', ":1  prompt: '' has no token"),
        (
            json.dumps({"id": "long", "prompt": "law " * 600}),
            "prompt 'long' has .* more than the 512 positions",
        ),
    ],
)
def test_prompts_that_cannot_be_answered_are_named(tmp_path: Path, model: Path, text: str, said: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(text)
    with pytest.raises(RewarmError, match=said):
        generate.write(model, "m", path, tmp_path / "out.jsonl", SHORT)
    assert not (tmp_path / "out.jsonl").exists()
