"""Model size, tokens, cards and days: any three give the fourth.

For a size without a model the shapes are those of `memory.typical`. The size is found by bisection, since
operations grow with it; the other three are one division.
"""

from dataclasses import dataclass, replace

from rewarm.errors import RewarmError
from rewarm.plan import compute, memory
from rewarm.plan.accelerators import Accelerator
from rewarm.plan.compute import Recompute

_DAY = 86400.0
_SMALLEST, _LARGEST = 1e6, 1e13


@dataclass(frozen=True, slots=True)
class Four:
    """parameters; tokens: of training; cards; days. Exactly one of them is None before `solve`."""

    parameters: float | None = None
    tokens: float | None = None
    cards: float | None = None
    days: float | None = None


def solve(
    asked: Four,
    card: Accelerator,
    seq_len: int = 4096,
    recompute: Recompute = "none",
    model: memory.Shapes | None = None,
    efficiency: float | None = None,
) -> Four:
    """Fill in the one that is missing. model: shapes for `parameters`, None for typical ones.

    Raises RewarmError unless exactly one is None and the others are positive.
    """
    given = {name: getattr(asked, name) for name in ("parameters", "tokens", "cards", "days")}
    missing = [name for name, value in given.items() if value is None]
    if len(missing) != 1:
        raise RewarmError(
            f"plan: {', '.join(missing) or 'nothing'} is missing; give three of size, tokens, cards, days"
        )
    for name, value in given.items():
        if value is not None and value <= 0:
            raise RewarmError(f"plan: {name} {value:g} is not positive")

    def speed(parameters: float) -> float:
        shapes = model or memory.typical(round(parameters))
        return compute.tokens_per_second(compute.work(shapes, seq_len, recompute), card, 1, efficiency)

    parameters, tokens, cards, days = (asked.parameters, asked.tokens, asked.cards, asked.days)
    if parameters is None:
        assert tokens and cards and days
        wanted = tokens / (cards * days * _DAY)
        low, high = _SMALLEST, _LARGEST
        if speed(low) < wanted:
            raise RewarmError(f"plan: no model is trained on {tokens:,.0f} tokens in {days:g} days on these")
        for _ in range(60):
            middle = (low * high) ** 0.5
            low, high = (middle, high) if speed(middle) >= wanted else (low, middle)
        return replace(asked, parameters=low)
    each = speed(parameters)
    if tokens is None:
        assert cards and days
        return replace(asked, tokens=each * cards * days * _DAY)
    if cards is None:
        assert days
        return replace(asked, cards=tokens / (each * days * _DAY))
    assert cards
    return replace(asked, days=tokens / (each * cards * _DAY))
