"""The loss at the start, beside that of the run's other sources: low, so known or easy; high, so new."""

from collections.abc import Iterator
from statistics import median

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.series import Series
from rewarm.diagnose.view import View

# Bits per byte. Plain prose in a language that a base knows has 0.6 to 1.2, from 70 B parameters to 0.1 B.
LOW, HIGH = 0.5, 1.5
# And beside the run's other sources: among kinds of text that a base knows, Chinese prose has 1.4 times the
# bits of code. Small bases are high everywhere: there twice or half of them counts.
BESIDE, TWICE = 1.5, 2.0
COMPRESSED = 0.2


def initial(view: View) -> Iterator[Finding]:
    """Initial loss far from that of plain text, and of the run's other sources."""
    for one in view.sources:
        if one.stage != view.first_stage:
            continue
        texts = view.texts(one.value)
        bits = view.start(one)
        evidence = {"bits_per_byte": bits, "nats_per_token": one.start, "others": median(view.beside(one))}
        if is_low(view, one):
            repetitive = texts is not None and texts.compressed < COMPRESSED
            says = "it is repetitive" if repetitive else "the base knows this text, or it is easy"
            yield Finding(
                "initial-low", "note", one.name, one.stage, f"{bits:.2f} bits per byte at the start: {says}",
                "Little can be learnt from it: use it as replay, or spend the tokens elsewhere.", 0.9,
                {**evidence, **({"compressed": texts.compressed} if texts else {})},
            )  # fmt: skip
        elif is_high(view, one):
            yield Finding(
                "initial-high", "note", one.name, one.stage,
                f"{bits:.2f} bits per byte at the start: a language or kind of text that is new to the base, "
                "or one without patterns", "Expect more forgetting: raise the general share, and give this "
                "source more tokens.", 0.9, evidence,
            )  # fmt: skip


def is_low(view: View, one: Series) -> bool:
    """Far below plain text and below every other source, or below half of every other."""
    bits, lowest = view.start(one), view.beside(one)[0]
    return bits < lowest / TWICE or (bits < LOW and bits <= lowest / (BESIDE if _several(view) else 1))


def is_high(view: View, one: Series) -> bool:
    """Far above plain text and above the median of the other sources, or above twice that median."""
    bits, middle = view.start(one), median(view.beside(one))
    return bits > middle * TWICE or (bits > HIGH and bits >= middle * (BESIDE if _several(view) else 1))


def _several(view: View) -> bool:
    return sum(one.stage == view.first_stage for one in view.sources) > 1
