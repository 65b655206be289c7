"""The plan's formulas on published runs: tokens per second and peak memory, one efficiency per accelerator.

Rows: torchtitan, bf16, FSDP2 without float8: docs/performance.md (64 x A100 80 GB) and
benchmarks/llama3_h100_202412_torchtitan.md (8 and 128 x H100 96 GB). The efficiency of a card is that of its
first row; every other row is predicted. Nothing is run, so `--smoke` changes nothing.
"""

import argparse
from dataclasses import dataclass

from support import result_table

from rewarm.plan import accelerators, compute
from rewarm.plan.compute import Recompute
from rewarm.plan.memory import HALF, SLACK, WEIGHT, Shapes

# Bytes per token, layer and unit of width that torchtitan's selective mode keeps: the layer's input, the
# attention's output, and every second matrix product (query, value, gate and the last one; feed-forward 3.5 x
# the width, a quarter as many values as queries), all in bf16.
SELECTIVE = HALF * (1 + 1 + 1 + 0.25 + 3.5 + 1)
# One layer that is being recomputed.
WHOLE = 59


@dataclass(frozen=True)
class Row:
    """micro: tokens of a micro-batch; speed: tokens per second and card; memory: GiB, 0 if unpublished."""

    card: str
    title: str
    model: Shapes
    cards: int
    seq_len: int
    micro: int
    recompute: Recompute
    speed: float
    memory: float = 0.0


def llama(parameters: float, width: int, layers: int, vocabulary: int) -> Shapes:
    return Shapes(round(parameters), 2 * vocabulary * width, 0, width, layers, vocabulary)


LLAMA3_8B = llama(8.03e9, 4096, 32, 128_256)
LLAMA3_70B = llama(70.55e9, 8192, 80, 128_256)
LLAMA2_13B = llama(13.02e9, 5120, 40, 32_000)
LLAMA2_70B = llama(68.98e9, 8192, 80, 32_000)
ROWS = (
    Row("a100", "Llama 3 8B, selective layer", LLAMA3_8B, 64, 8192, 8192, "selective", 2904),
    Row("a100", "Llama 3 8B, selective op", LLAMA3_8B, 64, 8192, 8192, "selective", 2973),
    Row("a100", "Llama 3 70B, full", LLAMA3_70B, 64, 8192, 8192, "full", 331),
    Row("a100", "Llama 2 13B, no recomputation", LLAMA2_13B, 64, 4096, 8192, "none", 2162),
    Row("a100", "Llama 2 13B, selective layer", LLAMA2_13B, 64, 4096, 8192, "selective", 1914),
    Row("a100", "Llama 2 13B, selective op", LLAMA2_13B, 64, 4096, 8192, "selective", 1904),
    Row("a100", "Llama 2 70B, selective op", LLAMA2_70B, 64, 4096, 4096, "selective", 355),
    Row("a100", "Llama 2 70B, full", LLAMA2_70B, 64, 4096, 8192, "full", 353),
    Row("h100", "Llama 3.1 8B", LLAMA3_8B, 8, 8192, 16_384, "selective", 5762, 82.4),
    Row("h100", "Llama 3.1 8B, compiled", LLAMA3_8B, 8, 8192, 16_384, "selective", 6667, 77.0),
    Row("h100", "Llama 3.1 8B", LLAMA3_8B, 128, 8192, 16_384, "selective", 5605, 67.0),
    Row("h100", "Llama 3.1 8B, compiled", LLAMA3_8B, 128, 8192, 16_384, "selective", 6514, 62.0),
)


def peak(row: Row) -> float:
    """Bytes on one card under torchtitan: states in fp32, sharded; bf16 copies and gradients of what is in
    use; whole logits in bf16, in fp32, and their gradient; kept activations and one layer that is recomputed.
    """
    model, layer = row.model, (row.model.parameters - row.model.tables) / row.model.layers
    states = 4 * WEIGHT * model.parameters / row.cards
    gathered = HALF * (model.tables + 2 * layer) + HALF * (model.tables + layer)
    logits = row.micro * model.vocabulary * (HALF + 4 + 4)
    kept = SELECTIVE * row.micro * model.width * model.layers + WHOLE * row.micro * model.width
    return SLACK * (states + gathered + logits + kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    result_table.smoke_option(parser)
    parser.parse_args()
    rows, first = [], set()
    for row in ROWS:
        card = accelerators.find(row.card)
        found = compute.tokens_per_second(compute.work(row.model, row.seq_len, row.recompute), card)
        fitted = row.card not in first
        first.add(row.card)
        title = f"{row.title}, {row.cards} x {row.card}"
        error = abs(found / row.speed - 1)
        bar = None if fitted else 0.25
        peer = f"{row.speed:g} tokens/s"
        name = f"{title}: speed{' (fitted)' if fitted else ''}"
        rows.append(result_table.row(name, error, bar, peer=peer, at_most=True, judged=True))
        if row.memory:
            error = abs(peak(row) / 2**30 / row.memory - 1)
            peer = f"{row.memory:g} GiB"
            rows.append(
                result_table.row(f"{title}: memory", error, 0.15, peer=peer, at_most=True, judged=True)
            )
    print("share by which the formula differs from what is published")
    result_table.table("plan", rows)


if __name__ == "__main__":
    main()
