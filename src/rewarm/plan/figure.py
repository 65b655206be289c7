"""A planned number with its formula and source, so that every one can be explained."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """name: what it is; value: in `unit`; shown: as people read it; formula: with the numbers filled in;
    source: a paper, a measurement, or the recipe."""

    name: str
    value: float
    unit: str
    shown: str
    formula: str
    source: str


def figure_lines(figures: Iterable[Figure], why: bool) -> Iterator[str]:
    """For the terminal. why: with formula and source."""
    for figure in figures:
        yield f"{figure.name:<24}{figure.shown}"
        if why:
            yield f"    = {figure.formula}"
            yield f"    source: {figure.source}"


def big(number: float) -> str:
    """Three digits with K, M, B or T: 8.03B."""
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(number) >= size * 0.9995:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"


def gb(size: float) -> str:
    """Bytes in GB of 10^9."""
    return f"{size / 1e9:,.1f} GB"
