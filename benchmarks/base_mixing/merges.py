"""Byte-level BPE tokenizers, as of GPT-2, trained on the mixes; the shares from the order of their merges."""

import random
import tempfile
from pathlib import Path

import numpy as np
from support import result_table
from support.smoke import SMOKE

from base_mixing import mixes
from rewarm.diagnose import base_mix

# Of the tokenizer's training, and of each kind for the estimate.
_MEGABYTES, _SEEN = (0.2, 0.1) if SMOKE else (3.0, 1.5)
_MERGES = 300 if SMOKE else 3000


def run(seed: int) -> list[result_table.Row]:
    """The rows of the part."""
    trained, others = mixes.halves(_MEGABYTES)
    seen = {name: mixes.cut(texts, _SEEN) for name, texts in others.items()}
    rows, errors = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, mix in enumerate(mixes.mixes()):
            file = Path(folder) / f"{number}.json"
            _train(file, trained, mix, seed)
            found = base_mix.estimate(file, seen, _MERGES)
            own, error = mixes.judged(f"merges, mix {number}", mix, found.shares)
            rows += own
            errors.append(error)
            print(f"merges, mix {number}: mean absolute error {error:.3f}", flush=True)
    rows.append(
        result_table.row("merges: mean absolute error", float(np.mean(errors)), mixes.BAR, at_most=True)
    )
    return rows


def _train(file: Path, texts: dict[str, list[str]], shares: dict[str, float], seed: int) -> None:
    """Write a tokenizer.json trained on _MEGABYTES of text with these shares of bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    rng = random.Random(seed)
    chosen: list[str] = []
    for name, share in shares.items():
        pieces = [text[at : at + 2000] for text in texts[name] for at in range(0, len(text), 2000)]
        rng.shuffle(pieces)
        left = share * _MEGABYTES * 1e6
        while left > 0:
            for piece in pieces:
                if left <= 0:
                    break
                chosen.append(piece)
                left -= len(piece.encode())
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_MERGES + 256, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(chosen, trainer)
    tokenizer.save(str(file))
