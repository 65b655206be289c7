"""Published training runs: the first of each accelerator gave its efficiency, the others check the formulas.

torchtitan, bf16, FSDP2 without float8: docs/performance.md (64 x A100 80 GB) and
benchmarks/llama3_h100_202412_torchtitan.md (8 and 128 x H100 96 GB).
"""

from dataclasses import dataclass

from rewarm.plan.compute import Recompute
from rewarm.plan.memory import Shapes


@dataclass(frozen=True, slots=True)
class Run:
    """One run. micro: tokens of a micro-batch; speed: tokens per second and card; memory: GiB on a card, 0 if
    unpublished."""

    card: str
    title: str
    model: Shapes
    cards: int
    seq_len: int
    micro: int
    recompute: Recompute
    speed: float
    memory: float = 0.0


def _llama(parameters: float, width: int, layers: int, vocabulary: int) -> Shapes:
    return Shapes(round(parameters), 2 * vocabulary * width, 0, width, layers, vocabulary)


LLAMA3_8B = _llama(8.03e9, 4096, 32, 128_256)
LLAMA3_70B = _llama(70.55e9, 8192, 80, 128_256)
LLAMA2_13B = _llama(13.02e9, 5120, 40, 32_000)
LLAMA2_70B = _llama(68.98e9, 8192, 80, 32_000)
RUNS = (
    Run("a100", "Llama 3 8B, selective layer", LLAMA3_8B, 64, 8192, 8192, "selective", 2904),
    Run("a100", "Llama 3 8B, selective op", LLAMA3_8B, 64, 8192, 8192, "selective", 2973),
    Run("a100", "Llama 3 70B, full", LLAMA3_70B, 64, 8192, 8192, "full", 331),
    Run("a100", "Llama 2 13B, no recomputation", LLAMA2_13B, 64, 4096, 8192, "none", 2162),
    Run("a100", "Llama 2 13B, selective layer", LLAMA2_13B, 64, 4096, 8192, "selective", 1914),
    Run("a100", "Llama 2 13B, selective op", LLAMA2_13B, 64, 4096, 8192, "selective", 1904),
    Run("a100", "Llama 2 70B, selective op", LLAMA2_70B, 64, 4096, 4096, "selective", 355),
    Run("a100", "Llama 2 70B, full", LLAMA2_70B, 64, 4096, 8192, "full", 353),
    Run("h100", "Llama 3.1 8B", LLAMA3_8B, 8, 8192, 16_384, "selective", 5762, 82.4),
    Run("h100", "Llama 3.1 8B, compiled", LLAMA3_8B, 8, 8192, 16_384, "selective", 6667, 77.0),
    Run("h100", "Llama 3.1 8B", LLAMA3_8B, 128, 8192, 16_384, "selective", 5605, 67.0),
    Run("h100", "Llama 3.1 8B, compiled", LLAMA3_8B, 128, 8192, 16_384, "selective", 6514, 62.0),
)
