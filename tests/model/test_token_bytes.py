"""Bytes of tokens: over a text they add up to its UTF-8 length, for both alphabets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers

from rewarm.data.tokenize.encoder import Encoder
from rewarm.errors import RewarmError
from rewarm.model.token_bytes import token_bytes


@pytest.fixture(scope="module")
def encoder(model: Path) -> Encoder:
    return Encoder(model, None)


@given(text=st.text(max_size=60))
def test_the_tokens_of_a_text_stand_for_all_its_bytes(encoder: Encoder, text: str) -> None:
    assert encoder.bytes[encoder.encode([text]).tokens].sum() == len(text.encode())


def test_sentencepiece_spaces_and_raw_bytes() -> None:
    vocabulary = {"▁law": 0, "法": 1, "<0xE6>": 2, "<s>": 3}
    table = token_bytes(vocabulary, {}, {3}, 6, byte_level=False)
    assert table == [b" law", "法".encode(), b"\xe6", b"", b"", b""]


def test_a_byte_level_token_counts_its_bytes() -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        ["合同法"] * 9, trainers.BpeTrainer(initial_alphabet=alphabet, min_frequency=1)
    )
    ids = tokenizer.encode("合同法").ids
    table = token_bytes(tokenizer.get_vocab(), {}, set(), tokenizer.get_vocab_size(), byte_level=True)
    assert b"".join(table[index] for index in ids) == "合同法".encode()


def test_added_tokens_are_plain_text(tmp_path: Path) -> None:
    """They are stored as text and not in the byte alphabet, where 条款 would be 2 bytes."""
    from transformers import AutoTokenizer, LlamaConfig, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        special_tokens=["<end>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(["law"], trainer)
    tokenizer.add_tokens(["条款", AddedToken("<｜User｜>", normalized=False)])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>").save_pretrained(tmp_path)
    LlamaConfig(vocab_size=300).save_pretrained(tmp_path)
    encoder = Encoder(tmp_path, None)
    text = "合同条款<｜User｜>law"
    encoded = encoder.encode([text])
    assert {"条款", "<｜User｜>"} <= set(
        AutoTokenizer.from_pretrained(tmp_path).convert_ids_to_tokens(encoded.tokens)
    )
    assert encoder.bytes[encoded.tokens].sum() == len(text.encode())


def test_a_special_token_spelt_in_a_text_stays_text(encoder: Encoder) -> None:
    """Else a document could end another: only the last token is the end token."""
    for _ in range(2):
        tokens = encoder.encode(["the law says <end> and goes on"]).tokens
        assert (tokens == tokens[-1]).sum() == 1
    both, alone = encoder.encode(["a", "b"]), encoder.encode(["b"])
    assert both.tokens[both.offsets[1] :].tolist() == alone.tokens.tolist()


def test_an_unknown_document_end_is_an_error_message(model: Path) -> None:
    with pytest.raises(RewarmError, match=r"tokenize\.document_end: '<nothing>' is not a token"):
        Encoder(model, "<nothing>")
