"""Model and data of the GPU checks: a Llama with random weights, and packed random tokens.

Isolation, sums and speed do not depend on the values of weights. No file is read and no tokenizer needed.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from rewarm.corpus.tables.blocks import Sequence
from rewarm.plan import memory
from rewarm.plan.memory import Shapes
from rewarm.recipe import Train
from rewarm.train import random_sequences

if TYPE_CHECKING:
    from transformers import PreTrainedModel

LEAVES = 8


@dataclass(frozen=True)
class Size:
    """Sizes of model and data. few: layers for checks that need no whole model; updates: number timed."""

    width: int
    inner: int
    layers: int
    few: int
    heads: int
    key_heads: int
    vocabulary: int
    seq_len: int
    micro_batch: int
    updates: int


SIZES = {
    # TinyLlama's shape: 1.1 billion weights.
    "1b": Size(2048, 5632, 22, 2, 32, 4, 32_000, 4096, 2, 6),
    "tiny": Size(64, 96, 3, 2, 4, 2, 256, 256, 2, 2),
}


def model(size: Size, layers: int, device: torch.device) -> "PreTrainedModel":
    """A model of transformers in fp32 on the device, the same weights at every call."""
    from transformers import AutoModelForCausalLM, LlamaConfig

    config = LlamaConfig(
        vocab_size=size.vocabulary, hidden_size=size.width, intermediate_size=size.inner,
        num_hidden_layers=layers, num_attention_heads=size.heads, num_key_value_heads=size.key_heads,
        max_position_embeddings=size.seq_len, tie_word_embeddings=False, bos_token_id=None,
        eos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    torch.manual_seed(0)
    with device:
        return AutoModelForCausalLM.from_config(config, dtype=torch.float32)


def config(size: Size, device: torch.device, **changes: object) -> dict[str, Any]:
    """The configuration of `train` with the recipe's defaults, for this device."""
    precision = "bf16" if device.type == "cuda" else "fp32"
    given = {"micro_batch": size.micro_batch, "precision": precision, **changes}
    return Train.model_validate(given).model_dump(mode="json")


def sequences(size: Size, count: int, *, whole: bool = False) -> list[Sequence]:
    """Full sequences: one document each (`whole`), or documents of 20 to 2,000 tokens as text has them."""
    rng = np.random.default_rng(1)
    lengths = ([size.seq_len] if whole else _lengths(size.seq_len, rng) for _ in range(count))
    return random_sequences.packed(lengths, size.vocabulary, LEAVES, rng)


def _lengths(total: int, rng: np.random.Generator) -> list[int]:
    """Log-normal: half of the documents below 250 tokens, a long tail."""
    lengths: list[int] = []
    while (room := total - sum(lengths)) > 0:
        drawn = int(np.clip(rng.lognormal(5.5, 1.0), 20, 2000))
        lengths.append(room if room - drawn < 20 else drawn)
    return lengths


def fitting(size: Size, device: torch.device) -> Size:
    """`size` with as many layers as the card trains in fp32 with AdamW."""
    if device.type != "cuda":
        return size
    room = 0.85 * torch.cuda.mem_get_info()[0]
    train = Train.model_validate(config(size, device))
    layers = size.layers
    while layers > 1 and memory.need(shapes(size, layers), train, tokens(size)).device > room:
        layers -= 1
    return replace(size, layers=layers)


def tokens(size: Size) -> int:
    """Tokens of a micro-batch."""
    return size.micro_batch * size.seq_len


def shapes(size: Size, layers: int) -> Shapes:
    """As plan/memory.py counts them."""
    keys = size.width * size.key_heads // size.heads
    matrices = [(size.width, size.width)] * 2 + [(keys, size.width)] * 2 + [(size.inner, size.width)] * 3
    tables = 2 * size.vocabulary * size.width
    inner = sum(rows * columns for rows, columns in matrices) + 2 * size.width
    return Shapes(
        parameters=tables + layers * inner + size.width,
        tables=tables,
        sides=layers * sum(map(sum, matrices)),
        width=size.width,
        layers=layers,
        vocabulary=size.vocabulary,
    )


def flops_per_token(size: Size) -> float:
    """Of an update on whole sequences: six a weight of a matrix, and half of attention's square."""
    counted = shapes(size, size.layers)
    embedding = size.vocabulary * size.width  # looked up, not multiplied
    return float(6 * (counted.parameters - embedding) + 6 * size.layers * size.seq_len * size.width)
