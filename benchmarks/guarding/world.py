"""A small real world: Chinese, English, code and mathematics, a tokenizer and a model for them, a recipe.

The texts are those of `support/corpora.py`. The base is a Llama of 3 M parameters that a plain loop trains
for some minutes on other documents of the same corpora, so that the runs continue a model, as rewarm's
users do. Training from random weights with two sequences an update has true spikes of its own.

A smoke run has few texts and a smaller model.
"""

import sys
from collections.abc import Iterator
from itertools import islice
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
import yaml
from support import corpora, small_model
from support.smoke import SMOKE
from torch import Tensor

# Corpus → share of the tokens, documents to read.
_SHARED = {
    "statutes": (0.20, 60),
    "prose-zh": (0.15, 80),
    "encyclopedia-zh": (0.10, 300),
    "manuals": (0.15, 100),
    "medicine": (0.10, 200),
    "code": (0.15, 60),
    "mathematics": (0.05, 60),
    "problems": (0.10, 1000),
}
_PACKAGES = {
    "statutes": (0.25, 60),
    "cloud-api-zh": (0.10, 1000),
    "manuals": (0.15, 1000),
    "countries": (0.15, 60),
    "encyclopedia": (0.15, 3000),
    "code": (0.20, 60),
}
_SMOKE = {"statutes": (0.4, 10), "countries": (0.4, 10), "encyclopedia": (0.2, 300)}
CORPORA = _SMOKE if SMOKE else _SHARED if corpora.shared_folder() else _PACKAGES
# Where faults are planted: corpora of long documents.
ZH, EN = ("prose-zh", "manuals") if CORPORA is _SHARED else ("statutes", "countries")
SEQ_LEN, ROWS = 256, 2
BATCH = SEQ_LEN * ROWS
VOCABULARY = 1024 if SMOKE else 4096
BASE_TOKENS = 20_000 if SMOKE else 1_200_000
_SHAPE = (
    {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    if SMOKE
    else {"hidden_size": 192, "intermediate_size": 512, "num_hidden_layers": 5, "num_attention_heads": 6}
)


def texts(name: str, start: int = 0) -> Iterator[str]:
    """A corpus's texts from number `start` on."""
    return islice(corpora.texts(name), start, None)


def build_model(folder: Path) -> None:
    """Tokenizer of a sample of all corpora, and a base trained on documents that the runs do not read."""
    each = 20 if SMOKE else 150
    sample = (text[:4000] for name in CORPORA for text in islice(texts(name), each))
    tokenizer, model = small_model.build(
        folder, sample, vocabulary=VOCABULARY, seq_len=SEQ_LEN, num_key_value_heads=2, **_SHAPE
    )
    _train(model, _rows(tokenizer))
    model.save_pretrained(folder)


def _rows(tokenizer: Any) -> Tensor:
    """int64 [sequences, SEQ_LEN]: the documents after those of the runs, in random order."""
    tokens: list[int] = []
    for name, (share, limit) in CORPORA.items():
        wanted, found = int(share * BASE_TOKENS), 0
        for text in texts(name, limit):
            ids = tokenizer(text)["input_ids"]
            tokens += [*ids, 0]
            found += len(ids)
            if found > wanted:
                break
    rows = torch.tensor(tokens[: len(tokens) // SEQ_LEN * SEQ_LEN]).reshape(-1, SEQ_LEN)
    return rows[torch.randperm(len(rows))]


def _train(model: Any, rows: Tensor) -> None:
    """One pass, 16 sequences a step, warm-up and cosine."""
    from rewarm.model.precision import autocast, computed_in

    cpu = torch.device("cpu")
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, betas=(0.9, 0.95), weight_decay=0.1)
    steps = len(rows) // 16
    for step in range(steps):
        rate = 2e-3 * min(1, (step + 1) / 20) * (0.55 + 0.45 * cos(pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = rows[step * 16 : (step + 1) * 16]
        optimizer.zero_grad(set_to_none=True)
        with autocast(cpu, computed_in(cpu, "bf16")):
            loss = model(input_ids=batch, labels=batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            print(f"base {step}/{steps} loss {loss.item():.3f}", file=sys.stderr, flush=True)


def write_recipe(
    folder: Path, model: Path, seed: int, updates: int, schedule: dict[str, Any] | None = None
) -> Path:
    """A recipe with this many updates over all corpora. All other settings are defaults, including the rate
    and the guard."""
    sources = [
        {
            "name": name, "path": str(corpora.path(name)), "limit": limit,
            "labels": {"language": corpora.NAMES[name].language, "task": corpora.NAMES[name].task},
        }
        for name, (_, limit) in CORPORA.items()
    ]  # fmt: skip
    recipe = {
        "name": "guard",
        "model": str(model),
        "seed": seed,
        "sources": sources,
        "holdout": {"min_documents": 4, "max_documents": 4},
        "pack": {"seq_len": SEQ_LEN},
        "train": {"batch_tokens": BATCH, "micro_batch": ROWS, "checkpoint_updates": 200},
        "stages": [
            {
                "name": "adapt", "tokens": updates * BATCH,
                "mix": {name: share for name, (share, _) in CORPORA.items()},
                "schedule": schedule or {},
            }
        ],
    }  # fmt: skip
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True))
    return path
