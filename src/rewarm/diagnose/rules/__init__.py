"""The rules, in the order of docs/diagnose.md. Each is a function of one `View`."""

from collections.abc import Callable, Iterator

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules import breaks, falls, gaps, level, shape, untrained
from rewarm.diagnose.view import View

RULES: tuple[Callable[[View], Iterator[Finding]], ...] = (
    level.initial,
    falls.domain,
    falls.general,
    falls.fast,
    breaks.rising,
    breaks.collapsed,
    breaks.oscillating,
    gaps.memorising,
    shape.returning,
    shape.saturated,
    untrained.nothing_trains,
    untrained.embeddings,
)
