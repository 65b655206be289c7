"""Shares of a tokenizer's training text, from its merges alone, against what it was trained on.

Tokenizers (byte-level BPE, as of GPT-2) are trained on five known mixes of five kinds of text;
`rewarm base-mix` sees other documents of the same kinds. Bars: mean absolute error of the shares at most .1,
and kinds whose shares are at least .05 apart in the right order.
"""

import argparse
import random
import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
from support import corpora, result_table
from support.smoke import SMOKE

from rewarm.diagnose import base_mix

KINDS = ("statutes", "cloud-api", "code", "medicine", "manuals")
MIXES = (
    (0.2, 0.2, 0.2, 0.2, 0.2),
    (0.6, 0.1, 0.1, 0.1, 0.1),
    (0.05, 0.15, 0.4, 0.1, 0.3),
    (0.02, 0.5, 0.08, 0.35, 0.05),
    (0.0, 0.1, 0.7, 0.0, 0.2),
)
BAR, APART = 0.1, 0.05
MEGABYTES = 0.2 if SMOKE else 3.0
MERGES = 300 if SMOKE else 3000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    result_table.smoke_option(parser)
    arguments = parser.parse_args()
    kinds = [name for name in KINDS if name in corpora.NAMES]
    samples = {name: corpora.sample(name, (1 if SMOKE else 2) * MEGABYTES) for name in kinds}
    # The tokenizer's half and the half that the estimate sees.
    trained = {name: texts[::2] for name, texts in samples.items()}
    seen = {name: texts[1::2] for name, texts in samples.items()}
    rows, errors = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number, mix in enumerate(MIXES[: 2 if SMOKE else None]):
            shares = dict(zip(kinds, mix[: len(kinds)], strict=True))
            shares = {name: share / sum(shares.values()) for name, share in shares.items()}
            file = Path(folder) / f"{number}.json"
            train(file, trained, shares, arguments.seed)
            found = base_mix.estimate(file, seen, MERGES)
            for name in kinds:
                rows.append(result_table.row(f"mix {number}: {name}, true", shares[name]))
                rows.append(result_table.row(f"mix {number}: {name}, inferred", found.shares[name]))
            error = float(np.mean([abs(found.shares[name] - shares[name]) for name in kinds]))
            errors.append(error)
            rows.append(result_table.row(f"mix {number}: mean absolute error", error, BAR, at_most=True))
            wrong = sum(
                (found.shares[a] - found.shares[b]) * (shares[a] - shares[b]) <= 0
                for a, b in combinations(kinds, 2)
                if abs(shares[a] - shares[b]) >= APART - 1e-9
            )
            rows.append(result_table.row(f"mix {number}: pairs in the wrong order", wrong, 0, at_most=True))
    rows.append(result_table.row("mean absolute error", float(np.mean(errors)), BAR, at_most=True))
    result_table.table("base_mix", rows)


def train(file: Path, texts: dict[str, list[str]], shares: dict[str, float], seed: int) -> None:
    """Write a tokenizer.json trained on MEGABYTES of text with these shares of bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    rng = random.Random(seed)
    chosen: list[str] = []
    for name, share in shares.items():
        pieces = [text[at : at + 2000] for text in texts[name] for at in range(0, len(text), 2000)]
        rng.shuffle(pieces)
        left = share * MEGABYTES * 1e6
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
        vocab_size=MERGES + 256, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(chosen, trainer)
    tokenizer.save(str(file))


if __name__ == "__main__":
    main()
