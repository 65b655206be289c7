"""Tokens that a tokenizer needs for the user's own text.

Fertility is tokens per word where words are separated by spaces (Rust et al. 2021, 2012.15613), and tokens
per character for scripts without spaces. Bytes per token compares any two texts and says what a sequence
holds: half as many bytes per token means twice the training work for the same text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rewarm.text.scripts import script

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_WITHOUT_SPACES = ("han", "kana", "thai")
# Tokens per character above which a vocabulary does not know the script.
POOR = 1.2


@dataclass(frozen=True, slots=True)
class Fertility:
    """tokens, words, characters, size: sums over the texts, size in UTF-8 bytes."""

    tokens: int
    words: int
    characters: int
    size: int
    spaced: bool

    @property
    def per_word(self) -> float:
        """Tokens per word, or per character of a script without spaces."""
        return self.tokens / max(1, self.words if self.spaced else self.characters)

    @property
    def bytes_per_token(self) -> float:
        return self.size / max(1, self.tokens)

    @property
    def poor(self) -> bool:
        """Whether a script without spaces takes more than 1.2 tokens per character."""
        return not self.spaced and self.per_word > POOR


def fertility(tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str]) -> Fertility:
    """Of all texts together, without added special tokens."""
    encoded = tokenizer(list(texts), add_special_tokens=False)["input_ids"] if texts else []
    whole = "".join(texts)
    return Fertility(
        tokens=sum(map(len, encoded)),
        words=sum(len(text.split()) for text in texts),
        characters=sum(not char.isspace() for char in whole),
        size=len(whole.encode()),
        spaced=script(whole) not in _WITHOUT_SPACES,
    )
