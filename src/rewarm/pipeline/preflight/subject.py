"""What the checks look at: one recipe (or variant), its file, the run folder, and what was sampled."""

from dataclasses import dataclass
from pathlib import Path

from rewarm.pipeline.preflight.survey import Survey
from rewarm.recipe import Recipe, reading

# What a run that ends early (`--until`) does not need.
_WITHOUT_MODEL = (
    "collect", "holdout", "redact", "clean", "select", "phrases", "dedupe", "trim", "decontaminate",
)  # fmt: skip
_WITHOUT_DEVICE = (*_WITHOUT_MODEL, "tokenize", "mix", "order", "pack")


@dataclass(frozen=True)
class Subject:
    """recipe: as resolved; path: its file; root: the run folder, which need not exist; variant: "" without
    variants; until: the last step to run, None for all."""

    recipe: Recipe
    path: Path
    root: Path
    variant: str
    until: str | None
    lines: reading.Lines
    survey: Survey

    def at(self, *place: str | int) -> str:
        """`FILE:LINE  FIELD` of a field; the line of the nearest part that the file spells out."""
        return self.lines.where(place, self.variant)

    @property
    def folder(self) -> Path:
        """The recipe's folder, where relative paths start."""
        return self.path.parent

    @property
    def needs_model(self) -> bool:
        return self.until not in _WITHOUT_MODEL

    @property
    def needs_device(self) -> bool:
        return self.until not in _WITHOUT_DEVICE

    @property
    def trains(self) -> bool:
        return self.needs_device and self.until != "baseline"
