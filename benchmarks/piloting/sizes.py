"""The sizes of the pilot study."""

from dataclasses import dataclass

from support.smollm2 import MODEL


@dataclass(frozen=True)
class Size:
    """
    Attributes:
        model: as a recipe names it; None for the base that the study trains first.
        batch_tokens, tokens: of an update and of a pilot.
        points: measurements of a pilot; rates: as for `--rates`.
        base_updates: of the base's pre-training.
    """

    model: str | None
    batch_tokens: int
    tokens: int
    points: int
    rates: str
    base_updates: int = 0


SMOKE_SIZE = Size(None, 256, 2048, 1, "1e-3", base_updates=2)
SMALL = Size(None, 1024, 96 * 1024, 3, "5e-4,1.5e-3", base_updates=250)
LARGE = Size(MODEL, 256, 16 * 256, 2, "2e-4,5e-4")
# Of the statutes. A pilot with less of them would see a few documents.
RANGE = "0.1:0.95"
# Nats per token that the manuals may rise.
TOLERATE = 0.01
