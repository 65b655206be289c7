"""Perplexity on a user's texts: every byte accounted for, tokenizers told apart, texts named."""

import json
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
import torch

from rewarm.errors import RewarmError
from rewarm.evaluate import texts
from rewarm.evaluate.score import loaded_model
from rewarm.evaluate.texts import Text


def test_losses_are_the_models_own_over_every_token(model: Path) -> None:
    loaded = loaded_model.load(model, "cpu")
    given = [
        Text("a", "the server stores a backup", {"source": "s"}),
        Text("b", "当事人应当履行义务", {"source": "s"}),
    ]
    found = texts.losses(loaded, given)
    for text, (nats, tokens, size) in zip(given, found, strict=True):
        ids = [loaded.tokenizer.eos_token_id, *loaded.tokenizer(text.text)["input_ids"]]
        with torch.inference_mode():
            logits = loaded.network(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
        expected = -logits[range(len(ids) - 1), ids[1:]].sum()
        assert nats == pytest.approx(float(expected), rel=1e-4) and tokens == len(ids) - 1
        assert size == len(text.text.encode())


def test_channels_documents_and_perplexity() -> None:
    given = [
        Text(f"d{n}", f"text {n}", {"source": "s", "language": "zh" if n % 2 else "en"}) for n in range(20)
    ]
    before = np.tile([20.0, 10, 40], (20, 1))
    after = before - np.outer(np.linspace(-2, 8, 20), [1, 0, 0])
    same = texts.compare(given, before, after, same_tokenizer=True)
    by_name = {(row["axis"], row["value"]): row for row in same["channels"]}
    assert set(by_name) == {("source", "s"), ("language", "en"), ("language", "zh")}
    source = by_name["source", "s"]
    assert source["before"]["perplexity"] == pytest.approx(exp(2))
    assert source["change"]["bits_per_byte"] == pytest.approx(-3 / 40 / log(2))
    assert [row["id"] for row in same["documents"]["lost"]] == ["d0", "d1", "d2", "d3"]
    assert same["documents"]["gained"][0] == {
        "id": "d19",
        "change": pytest.approx(-8 / 40 / log(2)),
        "text": "text 19",
    }
    other = texts.compare(given, before, after, same_tokenizer=False)["channels"][0]
    assert other["before"]["perplexity"] is None and other["change"]["nats"] is None
    assert other["change"]["bits_per_byte"] == source["change"]["bits_per_byte"]


@pytest.mark.parametrize(
    ("record", "said"),
    [({"txt": "a"}, "text: None"), ({"text": " "}, "text"), ({"text": "a", "labels": 1}, "labels")],
)
def test_a_record_without_text_is_named(tmp_path: Path, record: dict, said: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"text": "fine"}) + "\n" + json.dumps(record))
    with pytest.raises(RewarmError, match=f"record 2: {said}"):
        texts.read(path)


def test_records_give_labels_and_no_records_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"text": "a", "id": 3, "source": "law", "labels": {"task": "domain"}}))
    assert texts.read(path) == [Text("3", "a", {"source": "law", "task": "domain"})]
    with pytest.raises(RewarmError, match="no records"):
        texts.read(tmp_path / "none.jsonl")
