"""Continuations to tokens: the text is encoded whole, and its tokens behind those of the context are scored.

Spaces at the context's end belong to the continuation, since tokenizers join a space with the word after it.
This is what lm-eval 0.4.13 does, so that both score the same tokens. A request that is too long loses tokens
at its beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rewarm.evaluate.tasks.prompt import Request

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Encoded:
    """tokens: int64 [context + continuation]; start: where the continuation begins, at least 1; cut: tokens
    that were lost at the beginning."""

    tokens: np.ndarray
    start: int
    cut: int = 0


def encode(requests: Sequence[Request], tokenizer: "PreTrainedTokenizerBase", longest: int) -> list[Encoded]:
    """Encode requests; longest: tokens that the model can read."""
    pairs = [_split(request.context, request.continuation) for request in requests]
    contexts: dict[str, int] = {}
    for context, _ in pairs:
        contexts.setdefault(context, len(contexts))
    whole = _ids(tokenizer, [context + continuation for context, continuation in pairs])
    before = _ids(tokenizer, list(contexts))
    first = first_token(tokenizer)
    encoded = []
    for (context, _), tokens in zip(pairs, whole, strict=True):
        start = len(before[contexts[context]])
        if not start:
            tokens, start = [first, *tokens], 1
        # A tokenizer may join the context's last characters with the continuation: it is never empty.
        start = min(start, len(tokens) - 1)
        cut = max(0, len(tokens) - longest - 1)
        encoded.append(Encoded(np.array(tokens[cut:], dtype=np.int64), max(1, start - cut), cut))
    return encoded


def longest_of(model: "PreTrainedModel") -> int:
    """Tokens of a request that a model reads, at most 4,096: memory grows with the square."""
    own = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return min(own or _LONGEST, _LONGEST)


def _split(context: str, continuation: str) -> tuple[str, str]:
    spaces = len(context) - len(context.rstrip())
    return (context[:-spaces], context[-spaces:] + continuation) if spaces else (context, continuation)


def _ids(tokenizer: "PreTrainedTokenizerBase", texts: list[str]) -> list[list[int]]:
    ids: list[list[int]] = (
        tokenizer(texts, add_special_tokens=_adds_bos(tokenizer))["input_ids"] if texts else []
    )
    end = tokenizer.eos_token_id
    # Some tokenizers add an end to every text.
    return [row[:-1] if len(row) > 1 and end is not None and row[-1] == end else row for row in ids]


def _adds_bos(tokenizer: "PreTrainedTokenizerBase") -> bool:
    """Whether the tokenizer begins texts with BOS by itself, as Gemma's and Llama's do."""
    return bool(tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id])


def first_token(tokenizer: "PreTrainedTokenizerBase") -> int:
    """What stands before a continuation without context, as in training."""
    first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    return int(first or 0)
