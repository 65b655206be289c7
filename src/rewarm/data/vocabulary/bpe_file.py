"""The base's BPE tokenizer as its tokenizer.json says it, and the same with more merges.

BPE applies merges by rank. New merges stand behind all old ones, and none of their results is an old token,
so the old merges are applied first and completely: new tokens only join what the base's encoding leaves
adjacent. Every encoding with the new tokenizer is therefore the base's with some neighbours joined, and text
in which no new merge applies keeps its IDs.

One exception: a tokenizer with `ignore_merges` (Llama 3) takes a whole word that is in the vocabulary
without applying merges. The bytes stay the same there, the split of the base may be another.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewarm.errors import RewarmError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class NewToken:
    """text: as the vocabulary spells it; left, right: the tokens that it joins, or None for a character that
    the base spells in bytes; pieces: IDs of the base's tokens that it stands for."""

    text: str
    left: str | None
    right: str | None
    pieces: tuple[int, ...]


@dataclass(frozen=True)
class Bpe:
    """A byte-level or SentencePiece BPE tokenizer.

    vocabulary: token → ID, without added tokens; byte_level: tokens are in GPT-2's byte alphabet; splits:
    texts are divided into words before merges apply; byte_tokens: IDs of `<0xAB>`, which spell characters
    that the vocabulary lacks; first_free: the first ID above all in use.
    """

    vocabulary: dict[str, int]
    byte_level: bool
    splits: bool
    byte_tokens: frozenset[int]
    first_free: int


def read(rust: "Tokenizer", model: Path) -> Bpe:
    """Raises RewarmError for a tokenizer that is no BPE. model: what is named in the error."""
    form = json.loads(rust.to_str())
    kind = form["model"].get("type")
    if kind != "BPE":
        raise RewarmError(
            f"vocabulary: the tokenizer of {model} is {kind}; merges can be added to BPE only. Remove "
            "`vocabulary`, or choose a base with a BPE tokenizer (GPT-2, Llama, Qwen, Mistral, Gemma, SmolLM)"
        )
    if form["model"].get("continuing_subword_prefix") or form["model"].get("end_of_word_suffix"):
        raise RewarmError(
            f"vocabulary: the tokenizer of {model} marks parts of words with a prefix or suffix; merges of "
            "such a BPE cannot be extended. Remove `vocabulary`"
        )
    vocabulary: dict[str, int] = form["model"]["vocab"]
    parts = json.dumps([form.get("normalizer"), form.get("pre_tokenizer"), form.get("decoder")])
    fallback = bool(form["model"].get("byte_fallback"))
    byte_tokens = {vocabulary[name] for byte in range(256) if (name := f"<0x{byte:02X}>") in vocabulary}
    return Bpe(
        vocabulary,
        byte_level="ByteLevel" in parts,
        splits=form.get("pre_tokenizer") is not None,
        byte_tokens=frozenset(byte_tokens if fallback else ()),
        first_free=1 + max([*vocabulary.values(), *(token["id"] for token in form["added_tokens"])]),
    )


def append(path: Path, tokens: list[NewToken], first: int) -> None:
    """Add tokens and their merges to a tokenizer.json. first: ID of the first.

    Added tokens of the base move into the vocabulary of the BPE: their IDs lie below those of new tokens, and
    the library would number them behind the vocabulary.
    """
    form = json.loads(path.read_text(encoding="utf-8"))
    model: dict[str, Any] = form["model"]
    for token in form["added_tokens"]:
        model["vocab"].setdefault(token["content"], token["id"])
    model["vocab"] |= {token.text: first + place for place, token in enumerate(tokens)}
    merges = [[token.left, token.right] for token in tokens if token.left is not None]
    as_text = bool(model["merges"]) and isinstance(model["merges"][0], str)
    model["merges"] += [" ".join(map(str, pair)) for pair in merges] if as_text else merges
    path.write_text(json.dumps(form, ensure_ascii=False, indent=1), encoding="utf-8")
