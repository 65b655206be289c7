"""What `auto` means for a stage's rates, with the reason in words.

A base that has ended its own schedule is re-warmed: to half of its own maximum, since 0.5-1 x works and the
peak, not the warm-up's length, sets what is learnt against what is forgotten (Gupta et al. 2023, arXiv
2308.04014; Ibrahim et al. 2024, 2403.08763). A base whose kind of text stays the same, a weak shift,
gains nothing from re-warming: it starts at its own final rate, without warm-up, and falls to a
hundredth (Parmar et al. 2024, 2407.07263). The learning rate of a base is seldom published, so its
size stands in: GPT-3's table, which bases after it stay within a factor of about two of.

The table's rates belong to updates of half a million tokens and more. Smaller updates are noisier and there
are more of them, so they want a lower rate: as the square root by theory (Malladi et al. 2022, 2205.10287),
by less in measurements (Marek et al. 2025, 2507.07101). The exponent here, a sixth, was measured with
`benchmarks/forgetting.py`: at 1,024 tokens, the rate of the table forgot more and learned no more.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# Brown et al. 2020, arXiv 2005.14165, table 2.1: parameters, maximum rate, tokens of an update.
_SIZES = (125e6, 350e6, 760e6, 1.3e9, 2.7e9, 6.7e9, 13e9, 175e9)
_RATES = (6e-4, 3e-4, 2.5e-4, 2e-4, 1.6e-4, 1.2e-4, 1e-4, 0.6e-4)
_BATCHES = (0.5e6, 0.5e6, 0.5e6, 1e6, 1e6, 2e6, 2e6, 3.2e6)
_BATCH_EXPONENT = 1 / 6
LOWEST, HIGHEST = 5e-6, 5e-4
# Times what `auto` takes. SmolLM-135M was pre-trained at that, 3e-3 (huggingface/smollm), most bases far
# below.
_TOO_HIGH = 10
# The best rate for LoRA is about 10 x that of full training, whatever the rank, with alpha fixed: B
# starts at zero, and alpha / rank scales the sum (Schulman et al. 2025, "LoRA Without Regret").
_ADAPTERS = 10.0
_WARMUP = 0.01
Suits = Callable[[int, str, int], tuple[float, str]]


def suiting(lora: bool) -> Suits:
    """What gives a peak for a size: for adapters or for full training."""
    return adapter_peak_rate if lora else peak_rate


def too_high(parameters: int, batch_tokens: int, lora: bool) -> float:
    """The peak from which on a base of this many parameters is damaged rather than trained.

    batch_tokens: tokens of an update on all ranks; lora: whether adapters are trained.
    """
    peak = _TOO_HIGH * _at_size(parameters, _RATES) / 2 * _small_updates(parameters, batch_tokens)[0]
    return _ADAPTERS * peak if lora else peak


def peak_rate(parameters: int, shift: str, batch_tokens: int) -> tuple[float, str]:
    """A peak for a base of this many parameters, between LOWEST and HIGHEST, and the reason in words.

    shift: `strong` or `weak`; batch_tokens: tokens of an update on all ranks.
    """
    own = _at_size(parameters, _RATES)
    factor, usual = _small_updates(parameters, batch_tokens)
    wanted, what = (own / 10, "a tenth") if shift == "weak" else (own / 2, "half")
    wanted *= factor
    peak = float(f"{min(HIGHEST, max(LOWEST, wanted)):.2g}")
    size = f"{parameters / 1e9:.3g} B" if parameters >= 1e9 else f"{parameters / 1e6:.3g} M"
    reason = f"{what} of the {own:.1e} that GPT-3's table gives for {size} parameters"
    if factor < 0.995:
        reason += f", x {factor:.2f} for updates of {batch_tokens:,} tokens instead of {usual:,.0f}"
    if wanted > HIGHEST:
        return peak, f"{peak:g}, the highest that auto takes: {reason} is more, {wanted:.1e}"
    if wanted < LOWEST:
        return peak, f"{peak:g}, the lowest that auto takes: {reason} is less, {wanted:.1e}"
    return peak, f"{peak:g}: {reason}"


def adapter_peak_rate(parameters: int, shift: str, batch_tokens: int) -> tuple[float, str]:
    """A peak for the adapters of a base of this many parameters, and the reason in words."""
    own, why = peak_rate(parameters, shift, batch_tokens)
    peak = min(HIGHEST, float(f"{_ADAPTERS * own:.2g}"))
    limit = f", at most {HIGHEST:g}" if peak < _ADAPTERS * own * 0.99 else ""
    return peak, f"{peak:g}: LoRA wants {_ADAPTERS:g} x the rate of full training{limit}; that is {why}"


def resolve(
    schedule: dict[str, Any],
    parameters: int,
    batch_tokens: int,
    before: float = 0.0,
    suits: Suits = peak_rate,
) -> tuple[dict[str, Any], str]:
    """A recipe's schedule with numbers for every `auto`, and why; no words when the peak was given.

    batch_tokens: tokens of an update on all ranks. before: the rate at which the stage before ended, 0 in the
    first stage. A later stage continues at it: every re-warming costs some of what was learnt (2403.08763).
    suits: gives a peak for a size.
    """
    resolved, why = dict(schedule), ""
    weak = schedule["shift"] == "weak"
    if resolved["warmup"] == "auto":
        resolved["warmup"] = 0.0 if weak else _WARMUP
    if resolved["peak"] == "auto" and before:
        resolved["peak"], why = before, f"{before:.2g}, where the stage before ended"
    elif resolved["peak"] == "auto":
        resolved["peak"], why = suits(parameters, schedule["shift"], batch_tokens)
        why += "; a weak shift starts at the base's final rate" if weak else ""
    if resolved["final"] == "auto":
        # Ibrahim's constant rate lies midway between the peak and its tenth, 1.65e-4 for 3e-4.
        resolved["final"] = resolved["peak"] * (
            0.55 if resolved["shape"] == "infinite" else 0.01 if weak else 0.1
        )
    if why and resolved["shape"] != "constant":
        why += f"; falls to {resolved['final']:.2g}"
    return resolved, why


def _small_updates(parameters: int, batch_tokens: int) -> tuple[float, float]:
    """What the rate of the table is multiplied by for updates of so many tokens, and how many it is for."""
    usual = _at_size(parameters, _BATCHES)
    return min(1.0, (batch_tokens / usual) ** _BATCH_EXPONENT), usual


def _at_size(parameters: int, column: Sequence[float]) -> float:
    """A value of the table, straight between its points in logarithms, and on beyond its ends."""
    sizes, values, size = np.log(_SIZES), np.log(column), np.log(max(1, parameters))
    at = int(np.clip(np.searchsorted(sizes, size) - 1, 0, len(sizes) - 2))
    slope = (values[at + 1] - values[at]) / (sizes[at + 1] - sizes[at])
    return float(np.exp(values[at] + slope * (size - sizes[at])))
