"""The rules, in the order of docs/diagnose.md. Each is a function of one `View`."""

from collections.abc import Callable, Iterator

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules import breaks, content, falls, gaps, level, passes, rate, shape, untrained
from rewarm.diagnose.view import View

RULES: tuple[Callable[[View], Iterator[Finding]], ...] = (
    content.content,
    level.initial,
    falls.domain,
    falls.general,
    falls.fast,
    breaks.rising,
    breaks.collapsed,
    rate.oscillating,
    rate.rate_high,
    rate.rate_lowered,
    gaps.memorising,
    passes.boundary,
    shape.returning,
    shape.saturated,
    untrained.nothing_trains,
    untrained.embeddings,
)
