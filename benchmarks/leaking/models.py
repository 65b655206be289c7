"""A small base that learns the kinds of items, and continued trainings of it with leaked items."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from support import small_model
from support.smoke import SMOKE

from rewarm.evaluate.leaks.plan import whole
from rewarm.evaluate.score import encoding
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import ENGLISH

_EPOCHS = 1 if SMOKE else 4
_BATCH = 16


def base(folder: Path, items: Sequence[Item]) -> tuple[Any, Any]:
    """Tokenizer and base, trained on whole items; saved in `folder`."""
    texts = [whole(0, one, ENGLISH).continuation for one in items]
    size = {"hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 4}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 4}
    tokenizer, model = small_model.build(folder, texts, vocabulary=3000, seq_len=512, **size, **heads)
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.permutation(len(items)) for _ in range(_EPOCHS)])
    _train(model, tokenizer, items, rows, 3e-3)
    model.save_pretrained(folder)
    return tokenizer, model


def continued(
    folder: Path, tokenizer: Any, others: Sequence[Item], leaked: Sequence[Item], times: int
) -> Any:
    """The base after `others` once and `leaked` `times` times, in random order."""
    from transformers import LlamaForCausalLM

    rng = np.random.default_rng(times)
    rows = np.concatenate([np.arange(len(others)), np.tile(len(others) + np.arange(len(leaked)), times)])
    model = LlamaForCausalLM.from_pretrained(folder)
    _train(model, tokenizer, [*others, *leaked], rng.permutation(rows), 1e-3)
    return model.eval()


def _train(model: Any, tokenizer: Any, items: Sequence[Item], rows: np.ndarray, rate: float) -> None:
    """One update per batch of rows, of like length. Warm-up over 5 % of the updates, then linear decay."""
    shown = encoding.encode([whole(0, one, ENGLISH) for one in items], tokenizer, 512)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    batches = [rows[begin : begin + _BATCH] for begin in range(0, len(rows), _BATCH)]
    for step, batch in enumerate(batches):
        done = step / len(batches)
        optimizer.param_groups[0]["lr"] = rate * min(1.0, (done + 0.001) / 0.05) * (1 - done)
        longest = max(len(shown[row].tokens) for row in batch)
        tokens = torch.zeros(len(batch), longest, dtype=torch.int64)
        labels = torch.full_like(tokens, -100)
        for place, row in enumerate(batch):
            found = torch.from_numpy(shown[row].tokens)
            tokens[place, : len(found)] = labels[place, : len(found)] = found
        model(input_ids=tokens, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
