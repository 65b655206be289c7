"""The bases of the runs: a Llama of 0.6 M weights, pre-trained until its loss is nearly flat, and the same
after it has read some passages tens of times, for the runs whose domain is known already."""

import json
import random
from pathlib import Path
from typing import Any

from support import pretraining, small_model
from support.smoke import SMOKE

from diagnosing import texts

VOCABULARY, SEQ_LEN, SEQUENCES = 2048, 128, 32
SHAPE = {"hidden_size": 96, "intermediate_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4}
TINY = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
PEAK, FINAL, WARMUP = 4e-3, 4e-4, 0.03
# Of the second base: corpus → share of the tokens, updates, peak rate.
MEMORISING = {"known": 0.7, "manuals": 0.1, "prose-zh": 0.1, "code": 0.1}
MEMORISING_UPDATES, MEMORISING_PEAK = 2 if SMOKE else 200, 3e-3


def build(folder: Path, updates: int) -> None:
    """Train and save tokenizer and model in `folder`, unless they are there. Writes `trained.json`: loss in
    nats per token, mean of every twentieth of the updates."""
    if (folder / "trained.json").exists():
        return
    read = _texts(texts.BASE)
    sample = (text for own in read.values() for text in own[:300])
    tokenizer, model = small_model.build(
        folder, sample, vocabulary=VOCABULARY, seq_len=512, **(TINY if SMOKE else SHAPE)
    )
    _finish(folder, model, _train(model, tokenizer, read, texts.BASE, updates, PEAK))


def build_knowing(folder: Path, base: Path) -> None:
    """Train the base on and save it in `folder`, unless it is there."""
    if (folder / "trained.json").exists():
        return
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(base), AutoModelForCausalLM.from_pretrained(base)
    tokenizer.save_pretrained(folder)
    read = _texts(MEMORISING)
    _finish(folder, model, _train(model, tokenizer, read, MEMORISING, MEMORISING_UPDATES, MEMORISING_PEAK))


def _texts(mix: dict[str, float]) -> dict[str, list[str]]:
    read = {name: texts.base_texts(name) for name in mix}
    rng = random.Random(0)
    for own in read.values():
        rng.shuffle(own)
    return read


def _finish(folder: Path, model: Any, losses: list[float]) -> None:
    model.save_pretrained(folder)
    means = pretraining.twentieths(losses)
    (folder / "trained.json").write_text(json.dumps([round(mean, 3) for mean in means]))
    print(f"{folder.name}: loss", *(f"{mean:.2f}" for mean in means), flush=True)


def _train(
    model: Any, tokenizer: Any, read: dict[str, list[str]], mix: dict[str, float], updates: int, peak: float
) -> list[float]:
    return pretraining.train(
        model, tokenizer, read, mix, updates=updates, sequences=SEQUENCES, seq_len=SEQ_LEN, peak=peak,
        final=FINAL, warmup=WARMUP,
    )  # fmt: skip
