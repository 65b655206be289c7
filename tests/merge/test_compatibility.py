"""Vocabularies and architectures that differ are named; tokens that only one model has are noted."""

import json
from pathlib import Path

import pytest
from tiny_family import base, trained
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from rewarm.errors import RewarmError
from rewarm.merge import compatibility
from rewarm.merge.weight_files import WeightFiles


def tokenizer(folder: Path, *words: str) -> None:
    vocabulary = {word: number for number, word in enumerate(words)}
    built = Tokenizer(models.WordLevel(vocabulary, unk_token=words[0]))
    PreTrainedTokenizerFast(tokenizer_object=built).save_pretrained(folder)


def test_a_token_with_another_id_is_refused_and_more_tokens_are_noted(tmp_path: Path) -> None:
    start = base(tmp_path / "base")
    one, other = trained(start, tmp_path / "one", 1), trained(start, tmp_path / "other", 2)
    tokenizer(start, "<unk>", "a", "b")
    tokenizer(one, "<unk>", "a", "b", "<chat>")
    tokenizer(other, "<unk>", "b", "a")
    notes = compatibility.check([WeightFiles(start), WeightFiles(one)])
    assert notes == [f"1 tokens only in the tokenizer of {one}, first '<chat>'"]
    with pytest.raises(RewarmError, match=r"the token 'a' is 1 in one and 2 in the other \(2 such tokens\)"):
        compatibility.check([WeightFiles(start), WeightFiles(other)])


def test_a_setting_of_the_forward_pass_that_differs_is_named(tmp_path: Path) -> None:
    start = base(tmp_path / "base")
    one = trained(start, tmp_path / "one", 1)
    config = json.loads((one / "config.json").read_text())
    (one / "config.json").write_text(json.dumps({**config, "rms_norm_eps": 0.5, "use_cache": False}))
    with pytest.raises(RewarmError, match=r"config.json has rms_norm_eps: 1e-06 and 0.5\. Only"):
        compatibility.check([WeightFiles(start), WeightFiles(one)])


def test_weights_of_one_ancestor_are_nearly_parallel_and_others_are_not(tmp_path: Path) -> None:
    start = base(tmp_path / "base")
    near = WeightFiles(trained(start, tmp_path / "near", 1))
    far = WeightFiles(base(tmp_path / "far", seed=5))
    assert compatibility.cosine(WeightFiles(start), near) > 0.98
    assert abs(compatibility.cosine(WeightFiles(start), far)) < 0.1
