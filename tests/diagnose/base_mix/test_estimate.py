"""Tokenizers trained on known mixes of made languages; files that tell no order."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from rewarm.diagnose import base_mix
from rewarm.errors import RewarmError

ALPHABETS = {"north": "abcdefgh", "south": "efghijkl", "east": "nopqrstu"}


def language(name: str, words: int, seed: int) -> list[str]:
    """Texts in a made language: its words are the same at every seed, their order is not."""
    own = random.Random(name)
    vocabulary = ["".join(own.choices(ALPHABETS[name], k=own.randint(3, 8))) for _ in range(400)]
    weights = [1 / (rank + 3) for rank in range(400)]
    rng = random.Random(seed)
    return [" ".join(rng.choices(vocabulary, weights, k=200)) for _ in range(words // 200)]


def trained(folder: Path, shares: dict[str, float]) -> Path:
    texts = [text for name, share in shares.items() for text in language(name, int(60_000 * share), 1)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=700, show_progress=False))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


@pytest.mark.parametrize("shares", [(0.6, 0.3, 0.1), (0.1, 0.2, 0.7), (0.5, 0.5, 0.0)])
def test_known_shares_are_found(tmp_path: Path, shares: tuple[float, ...]) -> None:
    file = trained(tmp_path, dict(zip(ALPHABETS, shares, strict=True)))
    found = base_mix.estimate(file, {name: language(name, 20_000, 2) for name in ALPHABETS}, 300)
    assert list(found.shares.values()) == pytest.approx(shares, abs=0.06)
    assert sum(found.shares.values()) == pytest.approx(1) and found.unknown < 0.02
    assert max(found.spread.values()) < 0.06


def test_a_missing_kind_is_told(tmp_path: Path) -> None:
    file = trained(tmp_path, {"north": 0.3, "east": 0.7})
    found = base_mix.estimate(file, {name: language(name, 20_000, 2) for name in ("north", "south")}, 300)
    assert found.unknown > 0.3 and "a kind of text is missing" in list(found.lines())[-1]


def test_older_files_and_sentencepiece_words(tmp_path: Path) -> None:
    """Merges as "a b", and no pre-tokenizer: a word begins at its mark for a space."""
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps({
        "version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": None,
        "post_processor": None, "decoder": None, "model": {
            "type": "BPE", "vocab": {one: number for number, one in enumerate(["▁", "a", "b", "▁a", "ab"])},
            "merges": ["▁ a", "a b"],
        },
    }))  # fmt: skip
    found = base_mix.estimate(file, {"one": ["a ab a"], "two": ["b b b"]}, 10)
    assert found.merges == 2 and found.shares["one"] > 0.9


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("{", "cannot be read as a tokenizer.json"),
        ("[1]", "cannot be read as a tokenizer.json"),
        (json.dumps({"model": {"type": "Unigram"}}), "model.type is 'Unigram' with 0 merges"),
    ],
)
def test_files_without_an_order_are_named(tmp_path: Path, content: str, wanted: str) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_text(content)
    with pytest.raises(RewarmError, match=wanted.replace("[", r"\[")) as caught:
        base_mix.estimate(file, {"one": ["a"], "two": ["b"]})
    assert str(file) in str(caught.value)


def test_too_little_is_named(tmp_path: Path) -> None:
    with pytest.raises(RewarmError, match="at least two kinds of text, and 1 was given"):
        base_mix.estimate(tmp_path, {"one": ["a"]})
    file = trained(tmp_path, {"north": 1.0})
    with pytest.raises(RewarmError, match="two: holds no text"):
        base_mix.estimate(file, {"one": ["abc"], "two": []})
    with pytest.raises(RewarmError, match="none of its first 20 merges occurs"):
        base_mix.estimate(file, {"one": ["xyz xyz"], "two": ["zyx"]}, 20)


def test_shares_are_of_bytes(tmp_path: Path) -> None:
    """Twice the sample of a kind changes nothing."""
    file = trained(tmp_path, {"north": 0.6, "south": 0.3, "east": 0.1})
    once = {name: language(name, 8_000, 2) for name in ALPHABETS}
    twice = {**once, "north": once["north"] * 2}
    found = [base_mix.estimate(file, texts, 200).shares for texts in (once, twice)]
    np.testing.assert_allclose(list(found[0].values()), list(found[1].values()), atol=1e-6)
