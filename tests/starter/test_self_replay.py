"""Replay text that a base generates itself: whole batches, resumed, from the base's own distribution."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from transformers import AutoModelForCausalLM, AutoTokenizer

from rewarm.cli import main
from rewarm.errors import RewarmError
from rewarm.starter.self_replay import Sampling, write

SMALL = Sampling(documents=6, tokens=24, batch=2, seed=5)


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_file_that_was_cut_anywhere_ends_with_the_same_lines(model: Path, tmp_path: Path) -> None:
    write(model, "a", SMALL, tmp_path / "whole.jsonl")
    whole = (tmp_path / "whole.jsonl").read_bytes()
    assert len({row["text"] for row in rows(tmp_path / "whole.jsonl")}) == 6
    third = whole.split(b"\n")[2]
    for kept in (0, len(whole) // 3, whole.index(third) + len(third) + 1, len(whole) - 1):
        part = tmp_path / f"{kept}.jsonl"
        part.write_bytes(whole[:kept])
        write(model, "a", SMALL, part)
        assert part.read_bytes() == whole


def test_a_file_grows_and_keeps_what_it_had(model: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    write(model, "a", SMALL, file)
    before = file.read_text()
    written = write(model, "a", Sampling(documents=7, tokens=24, batch=2, seed=5), file)
    assert file.read_text().startswith(before) and len(rows(file)) == 8
    assert written.documents + written.empty == 8
    assert written.tokens == sum(row["tokens"] for row in rows(file) if row["text"])


def test_another_base_or_setting_is_refused_by_name(model: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    write(model, "a", SMALL, file)
    with pytest.raises(RewarmError, match="another base; "):
        write(model, "b", SMALL, file)
    with pytest.raises(RewarmError, match="another temperature, seed; "):
        write(model, "a", Sampling(documents=6, tokens=24, batch=2, temperature=0.5, seed=6), file)
    file.write_text('{"text": "mine"}\n')
    with pytest.raises(RewarmError, match=r"a\.jsonl:1 was not written by `rewarm replay`"):
        write(model, "a", SMALL, file)
    assert file.read_text() == '{"text": "mine"}\n'


def test_the_first_token_follows_the_models_distribution(model: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    count = 600
    write(model, "a", Sampling(documents=count, tokens=8, batch=100), file)
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model)
    with torch.no_grad():
        shares = network(torch.tensor([[tokenizer.eos_token_id]])).logits[0, -1].softmax(-1)
    drawn = Counter(row["tokens"] > 0 for row in rows(file))
    # Untrained weights are near uniform: no token may crowd, as one would at a low temperature.
    assert drawn[True] > 0.9 * count and float(shares.max()) < 0.05
    texts = Counter(row["text"][:1] for row in rows(file))
    assert texts.most_common(1)[0][1] < 0.3 * count


def test_openings_take_turns(model: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    write(model, "a", Sampling(documents=4, tokens=8, batch=2, openings=("The key", "法律")), file)
    assert [row["text"][:2] for row in rows(file)] == ["Th", "法律", "Th", "法律"]


def test_a_document_ends_at_the_end_token(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rewarm.model import pretrained

    end = AutoTokenizer.from_pretrained(model).eos_token_id
    load = pretrained.model_of

    def ends_soon(folder: Path) -> Any:
        network = load(folder)
        head = torch.nn.Linear(256, 512)
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.zeros_(head.bias)
        with torch.no_grad():
            head.bias[end] = 5.0
        network.lm_head = head
        return network

    monkeypatch.setattr(pretrained, "model_of", ends_soon)
    written = write(model, "a", SMALL, tmp_path / "a.jsonl")
    assert written.cut < 6
    for row in rows(tmp_path / "a.jsonl"):
        assert "<end>" not in row["text"] and (row["cut"] or row["tokens"] < 24)


def test_the_command_prints_the_source_to_add(model: Path, tmp_path: Path) -> None:
    file = tmp_path / "out/self.jsonl"
    ended = CliRunner().invoke(
        main.cli, ["replay", str(model), str(file), "--documents", "2", "--tokens", "8", "--batch", "2"]
    )
    assert ended.exit_code == 0, ended.output
    assert f"{{name: self, path: {file}, labels: {{task: general}}}}" in ended.output
