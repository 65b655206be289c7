"""A LLaMA-Factory data set: the documents' own text, in order, with channels."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from transformers import AutoTokenizer

from rewarm.errors import RewarmError
from rewarm.interop import write_blocks


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_texts_are_the_documents_and_give_their_tokens_again(
    run: Path, tmp_path: Path, model: Path, texts: list[str], tokens: list[np.ndarray], used: dict
) -> None:
    found = write_blocks.write(run, tmp_path / "out", "llama-factory", None)
    tokenizer = AutoTokenizer.from_pretrained(model)
    end = tokenizer.eos_token_id
    for stage, parts in used.items():
        lines = rows(tmp_path / "out" / f"{stage}.jsonl")
        whole = Counter(row for row, size in parts if size == len(tokens[row]))
        mine = Counter(int(line["id"], 16) for line in lines if line["text"] == texts[int(line["id"], 16)])
        assert mine == whole
        # What LLaMA-Factory trains on: the text and the end token.
        trained = Counter(
            (int(line["id"], 16), *tokenizer(line["text"] + tokenizer.eos_token)["input_ids"])
            for line in lines
        )
        same = Counter(
            (row, *tokens[row][:size], *([end] if size < len(tokens[row]) else [])) for row, size in parts
        )
        counts = next(row["counts"] for row in found["stages"] if row["stage"] == stage)
        assert sum((same - trained).values()) <= counts["retokenized"] <= 2
        for line in lines:
            assert (line["channel"], line["labels"]) == (
                ("api", {"language": "en", "task": ""})
                if int(line["id"], 16) % 2
                else ("law", {"language": "zh", "task": "domain"})
            )
    info = json.loads((tmp_path / "out/dataset_info.json").read_text())
    assert info["small_anneal"] == {"file_name": "anneal.jsonl", "columns": {"prompt": "text"}}
    assert (tmp_path / "out" / info["small_adapt"]["file_name"]).is_file()


def test_texts_that_give_other_tokens_are_counted(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rewarm.interop import llama_factory
    from rewarm.runs.run import Run

    rust, start = llama_factory._tokenizer(Run(run))

    class Other:
        def decode_batch(self, tokens: list[list[int]], **options: bool) -> list[str]:
            return [text + " and more" for text in rust.decode_batch(tokens, **options)]

        def encode_batch_fast(self, texts: list[str], **options: bool) -> list:
            return rust.encode_batch_fast(texts, **options)

    monkeypatch.setattr(llama_factory, "_tokenizer", lambda _: (Other(), start))
    found = write_blocks.write(run, tmp_path / "out", "llama-factory", "anneal")
    assert found["stages"][0]["counts"]["retokenized"] == 20
    assert any("20 texts that give other tokens" in line for line in write_blocks.lines(found))


def test_a_base_that_is_gone_is_an_error_message(run: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    (copy / "recipe.yaml").write_text("model: nowhere\n")
    with pytest.raises(RewarmError, match="model: 'nowhere' is not a folder or file"):
        write_blocks.write(copy, tmp_path / "out", "llama-factory", None)
