"""Four numbers of which three are given, and the largest model that cards serve, as lines and for JSON."""

from dataclasses import asdict
from typing import Any

from rewarm.plan import compute, inference, layouts, memory
from rewarm.plan.accelerators import Accelerator
from rewarm.plan.compute import Recompute
from rewarm.plan.figure import Figure, big, gb
from rewarm.plan.four import Four, solve
from rewarm.plan.inference import BYTES, MARGIN, Precision
from rewarm.recipe import Train

_NAMES = {"parameters": "model size", "tokens": "tokens", "cards": "cards", "days": "days"}


def four_figures(asked: Four, card: Accelerator, seq_len: int, recompute: Recompute) -> list[Figure]:
    """The four numbers, the missing one solved for, and memory per card."""
    found = solve(asked, card, seq_len, recompute)
    assert found.parameters and found.tokens and found.cards and found.days
    model = memory.typical(round(found.parameters))
    once = compute.work(model, seq_len, recompute)
    speed = compute.tokens_per_second(once, card, 1)
    formula = (
        f"tokens / (cards x days x 86400) = {big(speed)} tokens/s a card = {card.tflops:g} TFLOPS x "
        f"{card.efficiency:.2f} / {big(once.done)} operations"
    )
    told = card.measured or "efficiency assumed, not measured"
    rows = []
    for name, title in _NAMES.items():
        value = float(getattr(found, name))
        solved = getattr(asked, name) is None
        shown = f"{big(value) if name in ('parameters', 'tokens') else f'{value:.3g}'}"
        rows.append(
            Figure(
                title, value, name, f"{shown}{'   <- solved' if solved else ''}",
                formula if solved else "given", f"{card.source}; {told}" if solved else "the command line",
            )
        )  # fmt: skip
    whole = max(1, round(found.cards))
    layout = layouts.cheapest(model, Train(), seq_len, whole, card.cards, card.memory * 1e9 * layouts.ROOM)
    shown = layout.words() if layout else f"does not fit on {whole} cards"
    rows.append(Figure("layout", whole, "cards", shown, "the first that fits", "docs/plan.md"))
    return rows


def serving_figures(card: Accelerator, cards: int, length: int, concurrency: int) -> list[Figure]:
    """The largest typical model by precision."""
    rows = []
    precisions: tuple[Precision, ...] = ("bf16", "int8", "int4")
    for precision in precisions:
        found = inference.largest(card, cards, length, concurrency, precision)
        title = "serve unquantized" if precision == "bf16" else f"serve in {precision}"
        shown = f"at most {big(found.parameters)}; recommended {big(found.recommended)}"
        if not found.parameters:
            shown = f"nothing: the cache of {concurrency} x {length:,} tokens alone takes {gb(found.cache)}"
        elif not found.recommended:
            shown = f"at most {big(found.parameters)}"
        rows.append(
            Figure(
                title, found.parameters, "parameters", shown,
                f"{BYTES[precision]:g} bytes x {big(found.parameters)} + cache {gb(found.cache)} "
                f"= {cards} x {card.memory:g} GB x {1 - MARGIN:g}", "Pope et al. 2022, 2211.05102",
            )
        )  # fmt: skip
    return rows


def plain(figures: list[Figure]) -> dict[str, Any]:
    """For JSON."""
    return {"format": 1, "figures": [asdict(figure) for figure in figures]}
