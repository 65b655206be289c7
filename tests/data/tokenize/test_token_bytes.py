"""Bytes of tokens: over a text they add up to its UTF-8 length, for both alphabets."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from rewarm.data.tokenize.step import Encoder
from rewarm.data.tokenize.token_bytes import token_bytes
from rewarm.errors import RewarmError


@pytest.fixture(scope="module")
def encoder(model: Path) -> Encoder:
    return Encoder(model, None)


@given(text=st.text(max_size=60))
def test_the_tokens_of_a_text_stand_for_all_its_bytes(encoder: Encoder, text: str) -> None:
    (tokens,) = encoder.encode([text])
    assert encoder.bytes[tokens].sum() == len(text.encode())


def test_sentencepiece_spaces_and_raw_bytes() -> None:
    table = token_bytes({"▁law": 0, "法": 1, "<0xE6>": 2, "<s>": 3}, {3}, 6, byte_level=False)
    assert table.tolist() == [4, 3, 1, 0, 0, 0]


def test_a_byte_level_token_counts_its_letters() -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        ["合同法"] * 9, trainers.BpeTrainer(initial_alphabet=alphabet, min_frequency=1)
    )
    ids = tokenizer.encode("合同法").ids
    table = token_bytes(tokenizer.get_vocab(), set(), tokenizer.get_vocab_size(), byte_level=True)
    assert int(table[ids].sum()) == 9


def test_a_special_token_spelt_in_a_text_stays_text(encoder: Encoder, model: Path) -> None:
    """Else a document could end another: only the last token is the end token."""
    for _ in range(2):
        (tokens,) = encoder.encode(["the law says <end> and goes on"])
        end = tokens[-1]
        assert (tokens == end).sum() == 1
    assert np.array_equal(encoder.encode(["a", "b"])[1], encoder.encode(["b"])[0])


def test_an_unknown_document_end_is_a_letter(model: Path) -> None:
    with pytest.raises(RewarmError, match=r"tokenize\.document_end: '<nothing>' is no token"):
        Encoder(model, "<nothing>")
