"""Pre-training of a small model on a known mix of texts: a plain loop, AdamW, warm-up and cosine."""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor


def train(
    model: Any,
    tokenizer: Any,
    texts: Mapping[str, Iterable[str]],
    mix: Mapping[str, float],
    *,
    updates: int,
    sequences: int,
    seq_len: int,
    peak: float,
    final: float = 0.0,
    warmup: float = 0.05,
    seed: int = 0,
    precision: str = "fp32",
) -> list[float]:
    """Train the model in place; give the loss of every update in nats per token.

    texts: by name; mix: shares of the tokens, by name; sequences: of an update; seq_len: in tokens, of packed
    documents that see each other; peak, final: learning rates; warmup: share of the updates; seed: of the
    order; precision: bf16 for autocast. Texts that are too few for their share are read again.
    """
    from transformers import get_cosine_with_min_lr_schedule_with_warmup

    total = updates * sequences * seq_len
    rows = torch.cat([
        _rows(tokenizer, texts[name], share * total, seq_len) for name, share in mix.items() if share
    ])  # fmt: skip
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    optimizer = torch.optim.AdamW(model.parameters(), lr=peak, betas=(0.9, 0.95), weight_decay=0.1)
    schedule = get_cosine_with_min_lr_schedule_with_warmup(
        optimizer, round(warmup * updates), updates, min_lr_rate=final / peak
    )
    model.train()
    losses = []
    for update in range(updates):
        at = torch.arange(update * sequences, (update + 1) * sequences) % len(order)
        batch = rows[order[at]]
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            loss = model(input_ids=batch, labels=batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        losses.append(loss.item())
    return losses


def twentieths(losses: list[float]) -> list[float]:
    """Means of every twentieth of the updates."""
    part = max(1, len(losses) // 20)
    return [sum(losses[at : at + part]) / part for at in range(0, len(losses) - part + 1, part)]


def _rows(tokenizer: Any, texts: Iterable[str], tokens: float, seq_len: int) -> Tensor:
    """int64 [sequences, seq_len]: about so many tokens, in whole passes if the texts have fewer."""
    stream: list[int] = []
    for text in texts:
        stream += [*tokenizer.encode(text), tokenizer.eos_token_id]
        if len(stream) >= tokens:
            break
    passes = max(1, round(tokens / len(stream)))
    own = torch.tensor(stream[: len(stream) // seq_len * seq_len]).reshape(-1, seq_len)
    return own.repeat(passes, 1)
