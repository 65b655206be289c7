"""Small Llamas trained on the mixes; the shares from their losses on other documents and the first slopes.

All models of a size share a tokenizer of all kinds in equal parts. Sizes: weights without embeddings are
about half of them. What is trained already in --work is not trained again.
"""

import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from support import corpora, pretraining, result_table, small_model
from support.smoke import SMOKE

from base_mixing import mixes

SEQ_LEN, SEQUENCES = 128, 16
PEAK, FINAL = 3e-3, 3e-4
# Documents of each kind, and tokens of each, that the estimate sees.
DOCUMENTS, TOKENS = 8 if SMOKE else 128, 128


@dataclass(frozen=True)
class Size:
    """vocabulary: of the tokenizer; shape: fields of LlamaConfig; updates: of the pre-training."""

    vocabulary: int
    updates: int
    shape: dict[str, int] = field(default_factory=dict)


def _shape(width: int, layers: int) -> dict[str, int]:
    return {
        "hidden_size": width, "intermediate_size": width * 11 // 4, "num_hidden_layers": layers,
        "num_attention_heads": 4,
    }  # fmt: skip


SIZES = {
    "smoke": Size(512, 2, _shape(32, 1)),
    "0.2M": Size(1024, 400, _shape(64, 3)),
    "1M": Size(3072, 600, _shape(128, 4)),
    "3M": Size(4096, 600, _shape(192, 5)),
}


def run(work: Path, size: str, seed: int, updates: int | None = None) -> list[result_table.Row]:
    """The rows of the part. updates: other than those of the size."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from rewarm.diagnose.base_mix import from_losses

    how = replace(SIZES[size], updates=updates or SIZES[size].updates)
    trained, seen = ({name: _pieces(texts) for name, texts in half.items()} for half in mixes.halves(4.0))
    prefix = size if corpora.shared_folder() else f"{size}-packages"
    trained_as = f"-{updates}" if updates else ""
    start = work / f"{prefix}-start"
    if not (start / "config.json").exists():
        sample = (piece for pieces in trained.values() for piece in pieces[:200])
        small_model.build(start, sample, vocabulary=how.vocabulary, seq_len=512, **how.shape)
    tokenizer = AutoTokenizer.from_pretrained(start)
    passages, kind = _passages(tokenizer, seen)
    rows, errors = [], []
    for number, mix in enumerate(mixes.mixes()):
        folder = work / f"{prefix}{trained_as}-{number}-{seed}"
        if not (folder / "config.json").exists():
            _train(start, folder, tokenizer, trained, mix, how, 10 * seed + number)
        found = from_losses.estimate(
            AutoModelForCausalLM.from_pretrained(folder), passages, kind, precision="fp32"
        )
        name = f"losses, mix {number}"
        own, error = mixes.judged(name, mix, dict(zip(mixes.KINDS, found.shares.tolist(), strict=True)))
        rows += own
        inside = sum(
            low - 1e-9 <= share <= high + 1e-9
            for share, low, high in zip(mix.values(), found.low, found.high, strict=True)
        )
        rows.append(result_table.row(f"{name}: kinds inside their 95 % interval", inside))
        errors.append(error)
        print(f"{name}: mean absolute error {error:.3f}", flush=True)
    rows.append(
        result_table.row("losses: mean absolute error", float(np.mean(errors)), mixes.BAR, at_most=True)
    )
    return rows


def _train(
    start: Path, folder: Path, tokenizer: object, texts: dict[str, list[str]], mix: dict[str, float],
    how: Size, seed: int,
) -> None:  # fmt: skip
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    model = LlamaForCausalLM(LlamaConfig.from_pretrained(start))
    rng = random.Random(seed)
    losses = pretraining.train(
        model, tokenizer, {name: rng.sample(own, len(own)) for name, own in texts.items()}, mix,
        updates=how.updates, sequences=SEQUENCES, seq_len=SEQ_LEN, peak=PEAK, final=FINAL, seed=seed,
    )  # fmt: skip
    print(f"{folder.name}: loss", *(f"{mean:.2f}" for mean in pretraining.twentieths(losses)), flush=True)
    model.save_pretrained(folder)


def _pieces(texts: list[str]) -> list[str]:
    """Pieces of 1,500 characters in random order: few documents are long."""
    pieces = [text[at : at + 1500] for text in texts for at in range(0, len(text), 1500)]
    random.Random(0).shuffle(pieces)
    return pieces


def _passages(tokenizer: object, texts: dict[str, list[str]]) -> tuple[list, np.ndarray]:
    """The beginning of DOCUMENTS pieces of each kind, and the number of the kind."""
    from rewarm.diagnose.attribution.gradients import Passage

    passages, kind = [], []
    for number, name in enumerate(mixes.KINDS):
        for piece in texts[name][:DOCUMENTS]:
            tokens = np.array(tokenizer.encode(piece)[:TOKENS])
            passages.append(Passage(tokens, np.ones(len(tokens), np.float32)))
            kind.append(number)
    return passages, np.array(kind)
