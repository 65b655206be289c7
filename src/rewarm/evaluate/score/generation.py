"""Greedy answers to prompts, in batches of like length.

Padding stands on the left and is masked, so that an answer does not depend on its batch in fp32. An answer
ends at the end token, at a blank line, or where the model begins another question.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

STOPS = ("\n\n", "\nQuestion:", "\n问题：")
_BATCH_TOKENS = 8192


def generate(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    prompts: Sequence[str],
    max_tokens: int,
    *,
    stops: Sequence[str] = STOPS,
    chat: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> list[str]:
    """The answer to each prompt, without stop strings.

    max_tokens: of an answer. chat: put each prompt into the tokenizer's chat template as a user's message.
    """
    texts = [_chat(tokenizer, prompt) if chat else prompt for prompt in prompts]
    encoded = [tokenizer(text, add_special_tokens=not chat)["input_ids"] for text in texts]
    longest = getattr(model.config.get_text_config(), "max_position_embeddings", None) or 1 << 30
    encoded = [ids[-max(1, longest - max_tokens) :] or [tokenizer.eos_token_id or 0] for ids in encoded]
    order = sorted(range(len(encoded)), key=lambda number: -len(encoded[number]))
    answers = [""] * len(encoded)
    while order:
        size = max(1, min(64, _BATCH_TOKENS // (len(encoded[order[0]]) + max_tokens)))
        batch, order = order[:size], order[size:]
        rows = _generated(model, tokenizer, [encoded[number] for number in batch], max_tokens, stops)
        for number, answer in zip(batch, rows, strict=True):
            answers[number] = answer
        progress(len(batch))
    return answers


def _chat(tokenizer: "PreTrainedTokenizerBase", prompt: str) -> str:
    messages = [{"role": "user", "content": prompt}]
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))


def _generated(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    batch: list[list[int]],
    max_tokens: int,
    stops: Sequence[str],
) -> list[str]:
    longest = max(map(len, batch))
    padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id or 0
    tokens = torch.full((len(batch), longest), int(padding))
    attended = torch.zeros_like(tokens)
    for row, ids in enumerate(batch):
        tokens[row, longest - len(ids) :] = torch.tensor(ids)
        attended[row, longest - len(ids) :] = 1
    with torch.inference_mode():
        out = model.generate(
            tokens.to(model.device),
            attention_mask=attended.to(model.device),
            max_new_tokens=max_tokens,
            do_sample=False,
            temperature=None,
            top_p=None,
            top_k=None,
            pad_token_id=int(padding),
            stop_strings=list(stops) or None,
            tokenizer=tokenizer if stops else None,
        )
    texts = tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)
    return [_until(text, stops) for text in texts]


def _until(text: str, stops: Sequence[str]) -> str:
    ends = [text.find(stop) for stop in stops if stop in text]
    return text[: min(ends)] if ends else text
