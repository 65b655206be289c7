"""The base of the study: a Llama of 1.2M parameters, pre-trained on manuals and API descriptions.

A study with SmolLM2-135M takes hours on two busy cores. This base is small enough for minutes and real enough
to continue: it has learnt English and some Chinese technical prose, and no law. It reads the odd documents of
the manuals; the study uses the even ones.
"""

import random
from collections.abc import Iterator
from pathlib import Path

from support import corpora, passages, pretraining, small_model
from support.smoke import SMOKE

# Corpus → share of the tokens.
MIX = {"manuals": 1.0} if SMOKE else {"manuals": 0.5, "cloud-api": 0.2, "cloud-api-zh": 0.3}
VOCABULARY, SEQ_LEN, SEQUENCES = 3072, 128, 16
SHAPE = {
    "hidden_size": 64 if SMOKE else 128,
    "intermediate_size": 352,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
}
PEAK, WARMUP = 3e-3, 0.05


def build(folder: Path, updates: int) -> None:
    """Train and save tokenizer and model in `folder`, unless they are there."""
    if (folder / "trained").exists():
        return
    texts = {name: list(_texts(name)) for name in MIX}
    rng = random.Random(0)
    for own in texts.values():
        rng.shuffle(own)
    sample = (text for own in texts.values() for text in own[:150])
    tokenizer, model = small_model.build(folder, sample, vocabulary=VOCABULARY, seq_len=512, **SHAPE)
    losses = pretraining.train(
        model, tokenizer, texts, MIX, updates=updates, sequences=SEQUENCES, seq_len=SEQ_LEN, peak=PEAK,
        warmup=WARMUP,
    )  # fmt: skip
    print("base: loss", *(f"{mean:.2f}" for mean in pretraining.twentieths(losses)), flush=True)
    model.save_pretrained(folder)
    (folder / "trained").touch()


def _texts(name: str) -> Iterator[str]:
    mb = 0.2 if SMOKE else 4
    for number, text in enumerate(corpora.sample(name, mb)):
        if name != "manuals" or number % 2:
            # Documents of 10,000 bytes at most: a few long ones would be most of the text.
            yield passages.passage(text, 10_000, random.Random(number))
