"""Pre-training of a Llama of 0.6 M weights until its loss is nearly flat, and of a base on a few passages."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import pretraining, small_model
from support.smoke import SMOKE

from diagnosing import texts

VOCABULARY, SEQ_LEN, SEQUENCES = 2048, 128, 32
SHAPE = {"hidden_size": 96, "intermediate_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4}
TINY = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
WARMUP = 0.03


@dataclass(frozen=True)
class Training:
    """mix: corpus → share of the tokens, `known` for the passages; sequences: of an update; peak, final:
    learning rates."""

    mix: Mapping[str, float]
    updates: int
    sequences: int
    peak: float
    final: float
    precision: str = "fp32"


def build(folder: Path, updates: int) -> None:
    """Train and save tokenizer and model in `folder`, unless they are there. Writes `trained.json`: loss in
    nats per token, mean of every twentieth of the updates."""
    if (folder / "trained.json").exists():
        return
    known = [text for half in texts.HALVES.values() for text in texts.known(half)]
    read = _texts(texts.BASE, known)
    sample = (text for own in read.values() for text in own[:300])
    tokenizer, model = small_model.build(
        folder, sample, vocabulary=VOCABULARY, seq_len=512, **(TINY if SMOKE else SHAPE)
    )
    how = Training(texts.BASE, updates, SEQUENCES, peak=4e-3, final=4e-4)
    _finish(folder, model, _train(model, tokenizer, read, how))


def build_knowing(folder: Path, base: str, known: list[str], how: Training) -> None:
    """Train the base, as a recipe names it, on and save it in `folder`, unless it is there."""
    if (folder / "trained.json").exists():
        return
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from rewarm.model import base as bases

    path = bases.resolve(base, folder.parent).path
    tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModelForCausalLM.from_pretrained(path)
    tokenizer.save_pretrained(folder)
    _finish(folder, model, _train(model, tokenizer, _texts(how.mix, known), how))


def _texts(mix: Mapping[str, float], known: list[str]) -> dict[str, list[str]]:
    read = {name: list(known) if name == "known" else texts.base_texts(name) for name in mix}
    rng = random.Random(0)
    for own in read.values():
        rng.shuffle(own)
    return read


def _finish(folder: Path, model: Any, losses: list[float]) -> None:
    model.save_pretrained(folder)
    means = pretraining.twentieths(losses)
    (folder / "trained.json").write_text(json.dumps([round(mean, 3) for mean in means]))
    print(f"{folder.name}: loss", *(f"{mean:.2f}" for mean in means), flush=True)


def _train(model: Any, tokenizer: Any, read: dict[str, list[str]], how: Training) -> list[float]:
    return pretraining.train(
        model, tokenizer, read, how.mix, updates=how.updates, sequences=how.sequences, seq_len=SEQ_LEN,
        peak=how.peak, final=how.final, warmup=WARMUP, precision=how.precision,
    )  # fmt: skip
