"""Checks the extended tokenizer, as transformers loads it, against the base's on real text."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rewarm.data.vocabulary.bpe_file import NewToken
from rewarm.errors import RewarmError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def verify(
    before: "Tokenizer", after: "Tokenizer", texts: Sequence[str], tokens: Sequence[NewToken], first: int,
    model: Path,
) -> None:  # fmt: skip
    """Raise RewarmError when a new token has another ID, or a text does not come back the same.

    first: ID of the first new token; model: what is named in the error.
    """
    for place, token in enumerate(tokens):
        if after.token_to_id(token.text) != first + place:
            raise RewarmError(
                f"vocabulary: {model}: {token.text!r} has the ID {after.token_to_id(token.text)} instead of "
                f"{first + place}: transformers reads this tokenizer in a way that cannot be extended"
            )
    for text in texts:
        old, new = (rust.encode(text, add_special_tokens=False).ids for rust in (before, after))
        if before.decode(old, skip_special_tokens=False) != after.decode(new, skip_special_tokens=False):
            raise RewarmError(
                f"vocabulary: {model}: the extended tokenizer decodes {text[:40]!r} to another text than the "
                "base's. Please report the model, and remove `vocabulary`"
            )
