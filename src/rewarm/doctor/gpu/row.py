"""A line of the results of the GPU checks."""

from dataclasses import dataclass

REPORT = "Report the card and this line."


@dataclass(frozen=True)
class Row:
    """seen: what was measured, as text; value: its figure, in `unit`; ok: None for what is only reported;
    remedy: what to do when it is not ok."""

    name: str
    seen: str
    value: float | None = None
    unit: str = ""
    ok: bool | None = None
    remedy: str = ""
