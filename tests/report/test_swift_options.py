"""The options without which `swift sft` stops."""

import json
from pathlib import Path

import pytest

from rewarm.report import swift_options


@pytest.mark.parametrize(
    ("tokens", "template"),
    # The last has a token that only ends with it.
    [(["<end>"], "default"), (["<|im_start|>", "<|im_end|>"], "chatml"), (["x<|im_end|>"], "default")],
)
def test_type_and_template_are_named(tmp_path: Path, tokens: list[str], template: str) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    added = [{"id": place, "content": token} for place, token in enumerate(tokens)]
    (tmp_path / "tokenizer.json").write_text(json.dumps({"added_tokens": added}))
    assert swift_options.of_model(tmp_path) == ["--model_type", "llama", "--template", template]


def test_a_model_without_tokenizer_file_has_plain_conversations(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "gemma3_text"}')
    assert swift_options.of_model(tmp_path) == ["--model_type", "gemma3_text", "--template", "default"]


@pytest.mark.parametrize("config", ['{"model_type": "gpt_neox"}', "{}", "{", None])
def test_what_it_does_not_train_has_no_command(tmp_path: Path, config: str | None) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    assert swift_options.of_model(tmp_path) is None
