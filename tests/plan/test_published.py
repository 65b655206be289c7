"""One efficiency per accelerator, from one published row, predicts the speed of the other published rows.

Rows of torchtitan, bf16, FSDP2: docs/performance.md (64 x A100), benchmarks/llama3_h100_202412_torchtitan.md.
"""

import pytest

from rewarm.plan import accelerators, compute
from rewarm.plan.compute import Recompute
from rewarm.plan.memory import Shapes


def llama(parameters: float, width: int, layers: int, vocabulary: int) -> Shapes:
    return Shapes(round(parameters), 2 * vocabulary * width, 0, width, layers, vocabulary)


LLAMA3_8B = llama(8.03e9, 4096, 32, 128256)
LLAMA3_70B = llama(70.55e9, 8192, 80, 128256)
LLAMA2_13B = llama(13.02e9, 5120, 40, 32000)
LLAMA2_70B = llama(68.98e9, 8192, 80, 32000)
ROWS: list[tuple[str, Shapes, int, Recompute, float]] = [
    ("a100", LLAMA3_8B, 8192, "selective", 2904),
    ("a100", LLAMA3_8B, 8192, "selective", 2973),
    ("a100", LLAMA3_70B, 8192, "full", 331),
    ("a100", LLAMA2_13B, 4096, "none", 2162),
    ("a100", LLAMA2_13B, 4096, "selective", 1914),
    ("a100", LLAMA2_13B, 4096, "selective", 1904),
    ("a100", LLAMA2_70B, 4096, "selective", 355),
    ("a100", LLAMA2_70B, 4096, "full", 353),
    ("h100", LLAMA3_8B, 8192, "selective", 5762),
    ("h100", LLAMA3_8B, 8192, "selective", 6667),
    ("h100", LLAMA3_8B, 8192, "selective", 5605),
    ("h100", LLAMA3_8B, 8192, "selective", 6514),
]


@pytest.mark.parametrize(("name", "model", "seq_len", "recompute", "published"), ROWS)
def test_speed_within_a_quarter_of_what_is_published(
    name: str, model: Shapes, seq_len: int, recompute: Recompute, published: float
) -> None:
    card = accelerators.find(name)
    found = compute.tokens_per_second(compute.work(model, seq_len, recompute), card)
    assert found == pytest.approx(published, rel=0.25)


def test_the_efficiency_is_that_of_one_row() -> None:
    for name, row in (("a100", ROWS[0]), ("h100", ROWS[8])):
        card = accelerators.find(name)
        work = compute.work(row[1], row[2], row[3])
        assert row[4] * work.done / (card.tflops * 1e12) == pytest.approx(card.efficiency, abs=0.005)
