"""Fertility: how many tokens a tokenizer needs for text, by channel.

Counted on held-out documents, before and after the extension. Tokens per word is the usual measure
(Rust et al. 2021, 2012.15613); Chinese has no spaces, so tokens per character and bytes per token stand
beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np

from rewarm.corpus.tables.vocabulary import Fertility

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH = 256


def measure(
    before: "Tokenizer", after: "Tokenizer", texts: Sequence[str], channels: Sequence[str], first: int
) -> list[Fertility]:
    """A row a channel, in order of appearance. channels: of each text; first: ID of the first new token."""
    sums: dict[str, np.ndarray] = {}
    for start in range(0, len(texts), _BATCH):
        part = list(texts[start : start + _BATCH])
        encoded = zip(*(rust.encode_batch_fast(part, add_special_tokens=False) for rust in (before, after)),
                      strict=True)  # fmt: skip
        for text, channel, (old, new) in zip(part, channels[start : start + _BATCH], encoded, strict=True):
            extended = sum(index >= first for index in new.ids)
            sizes = [len(text), len(text.encode()), len(text.split()), len(old.ids), len(new.ids)]
            counts = [1, *sizes, extended, old.ids != new.ids]
            sums[channel] = sums.get(channel, 0) + np.array(counts)
    return [Fertility(channel, *map(int, found)) for channel, found in sums.items()]


def total(rows: Iterable[Fertility]) -> Fertility:
    """The sum of several channels."""
    counts = [astuple(row)[1:] for row in rows]
    return Fertility("", *(sum(column) for column in zip(*counts, strict=True)))
