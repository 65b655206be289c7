"""A probe whose measurements follow known coefficients."""

from rewarm.plan.memory import Shapes
from rewarm.plan.probe import Probe, RankCosts

MODEL = Shapes(20_000_000, 8_000_000, 6 * 8 * 1000, 512, 6, 16_000)
FIXED, STEP, ATTENTION, BYTES, PROCESS = 0.1, 0.05, 2e-6, 3e5, 4e8
TOKEN = 1e-3
SMALL = 16


def seconds(tokens: int, length: int, window: tuple[int, float] = (0, 0.0)) -> float:
    whole = length / 2
    if window[0] and length > window[0]:
        mean = window[0] - window[0] ** 2 / (2 * length)
        whole = (1 - window[1]) * whole + window[1] * mean
    return FIXED + (tokens - SMALL) * (TOKEN + ATTENTION * whole)


def made(seq_len: int = 512, micro_batch: int = 2, window: tuple[int, float] = (0, 0.0)) -> Probe:
    tokens = micro_batch * seq_len
    split = seq_len // 8
    return Probe(
        date="2026-01-01 00:00", hardware="a CPU, 4 cores", device="cpu", cores=4, torch="2", model="small",
        model_type="llama", shapes=MODEL, window=window, precision="fp32", attention="documents",
        settings={}, seq_len=seq_len, micro_batch=micro_batch, passes=2, updates=5, small_tokens=SMALL,
        split_length=split, pass_seconds=seconds(tokens, seq_len, window),
        split_seconds=seconds(tokens, split, window), product_rate=2e11, process=PROCESS,
        peak=5e8 + (tokens - SMALL) * BYTES, busy=0.0, cpu_clock=False,
        costs=(
            RankCosts(ranks=1, threads=2, pass_seconds=FIXED, optimizer_seconds=STEP, peak=5e8),
            RankCosts(
                ranks=2, threads=1, pass_seconds=0.4, optimizer_seconds=0.03, peak=6e8, gather_rate=1e9,
                scatter_rate=5e8,
            ),
        ),
    )  # fmt: skip
