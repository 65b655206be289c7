"""The UTF-8 bytes that each token of a vocabulary stands for.

Bits per byte of a channel need the bytes of exactly the tokens that were scored, so a table by
token is kept. Byte-level BPE writes each byte as one character of its own alphabet; SentencePiece
writes a space as ▁ and a raw byte as <0xAB>. Added tokens are matched in the text before the model
sees it and are stored as plain text under both. Special tokens stand for no text.
"""

import json
import re
from collections.abc import Set
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_RAW_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")


def of_tokenizer(rust: "Tokenizer", special: set[int], size: int) -> list[bytes]:
    """The bytes of each token ID below `size` of a tokenizer; special: IDs that stand for no text."""
    known = rust.get_vocab(with_added_tokens=False)
    added = rust.get_added_tokens_decoder()
    # Those that are in a text are encoded as text.
    special |= {index for index, token in added.items() if token.special}
    inside = set(known.values())
    plain = {index: token.content for index, token in added.items() if index not in inside}
    # Not by the tokens' characters: Ġ and Ċ are Maltese, and may be tokens of any vocabulary.
    form = json.loads(rust.to_str())
    byte_level = "ByteLevel" in json.dumps(
        [form.get("normalizer"), form.get("pre_tokenizer"), form.get("decoder")]
    )
    return token_bytes(known, plain, special, size, byte_level=byte_level)


def token_bytes(
    vocabulary: dict[str, int], added: dict[int, str], special: Set[int], size: int, *, byte_level: bool
) -> list[bytes]:
    """The bytes of each token ID below `size`; none for special and unused IDs.

    vocabulary: token → ID of the tokenizer's model; added: ID → text of the added tokens that the
    model does not know itself; byte_level: the model's tokens are written in GPT-2's byte alphabet.
    """
    table = [b""] * size
    for token, index in vocabulary.items():
        if index < size and index not in special:
            table[index] = _byte_level(token) if byte_level else _sentencepiece(token)
    for index, text in added.items():
        if index < size and index not in special:
            table[index] = text.encode("utf-8", "replace")
    return table


def lengths(table: list[bytes]) -> np.ndarray:
    """uint16 [vocabulary]: bytes per token."""
    return np.array([len(token) for token in table], dtype=np.uint16)


def _alphabet() -> dict[str, int]:
    """GPT-2's characters for bytes: printable Latin-1 stays, the others follow from U+0100."""
    stays = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    moved = (byte for byte in range(256) if byte not in stays)
    return {chr(byte): byte for byte in stays} | {chr(0x100 + at): byte for at, byte in enumerate(moved)}


_BYTES = _alphabet()


def _byte_level(token: str) -> bytes:
    try:
        return bytes([_BYTES[character] for character in token])
    except KeyError:  # Not written in the alphabet: it can only be plain text.
        return token.encode("utf-8", "replace")


def _sentencepiece(token: str) -> bytes:
    raw = _RAW_BYTE.fullmatch(token)
    return bytes([int(raw[1], 16)]) if raw else token.replace("▁", " ").encode("utf-8", "replace")
