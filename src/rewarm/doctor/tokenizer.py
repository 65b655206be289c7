"""Whether the tokenizer fits the model: ids within the embedding, document ends, lossless text."""

from pathlib import Path
from typing import TYPE_CHECKING

from rewarm.doctor.check import CheckFailed
from rewarm.doctor.model import CHINESE, ENGLISH
from rewarm.recipe import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def ends_and_round_trip(model: Path, recipe: Recipe | None) -> str:
    """Token IDs fit the embedding, documents have an end token, the start token is the model's, text is kept.

    Raises CheckFailed for the first of these that does not hold.
    """
    from transformers import AutoConfig

    tokenizer = _load(model)
    config = AutoConfig.from_pretrained(model, trust_remote_code=False).get_text_config()
    largest = max(tokenizer.get_vocab().values())
    if largest >= config.vocab_size:
        raise CheckFailed(
            f"the tokenizer's largest id is {largest:,}, the embedding has {config.vocab_size:,} rows",
            "The tokenizer is not this model's: take both from one place.",
        )
    end = recipe.tokenize.document_end if recipe and recipe.tokenize.document_end else tokenizer.eos_token
    if end is None or end not in tokenizer.get_vocab():
        raise CheckFailed(f"document end {end!r} is not a token", "Name one in tokenize.document_end.")
    ids = tokenizer("a").input_ids
    start = tokenizer.bos_token_id
    adds = start is not None and ids[0] == start
    expected = getattr(config, "bos_token_id", None)
    if adds and expected is not None and start != expected:
        raise CheckFailed(
            f"the tokenizer starts texts with {start} ({tokenizer.bos_token}), the model expects {expected}",
            "Set bos_token in tokenizer_config.json to the token the model was trained with.",
        )
    for text in (ENGLISH, CHINESE):
        given = tokenizer(text, add_special_tokens=False).input_ids
        back = tokenizer.decode(given, clean_up_tokenization_spaces=False)
        if back != text:
            raise CheckFailed(
                f"text does not come back: {_difference(text, back)}",
                "The tokenizer loses text: take the base's own tokenizer.json, without a lossy normalizer.",
            )
    return (
        f"{largest + 1:,} tokens in {config.vocab_size:,} rows; documents end with {end}, "
        f"start with {tokenizer.bos_token if adds else 'nothing added'}; English and Chinese come back whole"
    )


def special_tokens_in_text(model: Path) -> str:
    """Text that spells a special token is tokenized as text, as in `tokenize`. Raises CheckFailed if not."""
    tokenizer = _load(model)
    special = set(tokenizer.all_special_ids)
    spelling = tokenizer.eos_token or next(iter(tokenizer.all_special_tokens), None)
    if spelling is None:
        return "the tokenizer has no special tokens"
    rust = tokenizer.backend_tokenizer
    rust.encode_special_tokens = True  # calling `tokenizer` itself would set it back
    ids = rust.encode(f"The token {spelling} ends a text.", add_special_tokens=False).ids
    if found := special.intersection(ids):
        raise CheckFailed(
            f"the text {spelling!r} becomes the special token {min(found)}",
            "Texts could end documents early. Install tokenizers >= 0.21, or take the base's own tokenizer.",
        )
    return f"{spelling} in a text stays text"


def _load(model: Path) -> "PreTrainedTokenizerBase":
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
    if not tokenizer.is_fast:
        raise CheckFailed(
            f"{model} has no fast tokenizer", "Convert it with transformers: tokenizer.json is missing."
        )
    return tokenizer


def _difference(text: str, back: str) -> str:
    pairs = enumerate(zip(text, back, strict=False))
    at = next((index for index, (a, b) in pairs if a != b), min(len(text), len(back)))
    return f"{text[at : at + 12]!r} became {back[at : at + 12]!r}"
