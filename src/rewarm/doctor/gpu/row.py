"""One line of what the GPU checks found."""

from dataclasses import dataclass

REPORT = "Report the card and this line."


@dataclass(frozen=True)
class Row:
    """seen: what was measured, in words; value: the figure behind it, in `unit`; ok: None for what is only
    told; remedy: what to do when it is not ok."""

    name: str
    seen: str
    value: float | None = None
    unit: str = ""
    ok: bool | None = None
    remedy: str = ""
