"""A small model that is trained on general text, then on statutes at several rates and shares of replay.

A plain loop on random batches: what is measured here is the merge, and hundreds of small trainings by `rewarm
run` would spend their time on starting.
"""

import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from support import corpora, small_model
from support.passages import passage
from transformers import AutoModelForCausalLM, AutoTokenizer

SEQ_LEN, ROWS, PASSAGE_BYTES = 128, 8, 600


def passages(name: str, count: int) -> list[str]:
    """One passage of each of the first documents of a corpus."""
    rng = random.Random(name)
    return [passage(text, PASSAGE_BYTES, rng) for text in islice(corpora.texts(name), count)]


def build(folder: Path, texts: Sequence[str], *, width: int, layers: int, vocabulary: int) -> None:
    """A Llama with random weights and a tokenizer for the texts."""
    small_model.build(
        folder, texts, vocabulary=vocabulary, seq_len=2 * SEQ_LEN, hidden_size=width,
        intermediate_size=2 * width, num_hidden_layers=layers, num_attention_heads=4,
    )  # fmt: skip


def train(
    start: Path, folder: Path, learned: Sequence[str], replayed: Sequence[str], *, share: float, tokens: int,
    rate: float, seed: int,
) -> Path:  # fmt: skip
    """The model in `start` after so many tokens of `learned`, and a `share` of all tokens from `replayed`.

    AdamW, warm-up over a twentieth, cosine to a tenth. What is there already is not trained again.
    """
    if (folder / "config.json").exists():
        return folder
    tokenizer = AutoTokenizer.from_pretrained(start)
    streams = [_stream(tokenizer, texts) for texts in (learned, replayed) if texts]
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_pretrained(start).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=0.1)
    updates = max(1, round(tokens / (1 - share) / (ROWS * SEQ_LEN)))
    for update in range(updates):
        factor = min(1.0, 20 * (update + 1) / updates) * (0.55 + 0.45 * np.cos(np.pi * update / updates))
        optimizer.param_groups[0]["lr"] = rate * factor
        which = (rng.random(ROWS) < share).astype(int) if len(streams) > 1 else np.zeros(ROWS, int)
        rows = []
        for number in which:
            at = int(rng.integers(0, len(streams[number]) - SEQ_LEN))
            rows.append(streams[number][at : at + SEQ_LEN])
        batch = torch.from_numpy(np.stack(rows))
        model(input_ids=batch, labels=batch, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _stream(tokenizer: AutoTokenizer, texts: Sequence[str]) -> np.ndarray:
    """int64 [tokens] of all texts, each followed by the end token."""
    ids = [part for one in tokenizer(list(texts))["input_ids"] for part in (*one, tokenizer.eos_token_id)]
    return np.array(ids, dtype=np.int64)
