"""What the checks look at: one recipe (or variant), its file, the run folder, and what was sampled."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rewarm.model import base
from rewarm.pipeline.preflight import estimates
from rewarm.pipeline.preflight.estimates import Estimates
from rewarm.pipeline.preflight.survey import Survey
from rewarm.pipeline.step_list import BASE, Linked, of_recipe, until
from rewarm.recipe import Recipe
from rewarm.recipe.yaml_file import Lines


@dataclass(frozen=True)
class Subject:
    """recipe: as resolved; path: its file; root: the run folder, which need not exist; variant: "" without
    variants; until: the last step to run, None for all."""

    recipe: Recipe
    path: Path
    root: Path
    variant: str
    until: str | None
    lines: Lines
    survey: Survey

    def at(self, *place: str | int) -> str:
        """`FILE:LINE  FIELD` of a field; the line of the nearest part that the file spells out."""
        return self.lines.where(place, self.variant)

    @property
    def folder(self) -> Path:
        """The recipe's folder, where relative paths start."""
        return self.path.parent

    @cached_property
    def estimates(self) -> Estimates:
        """Tokens that each source gives, counted once for all checks."""
        return estimates.of_sources(self.recipe, self.survey, self._tokenizer if self.needs_model else None)

    @property
    def _tokenizer(self) -> Path | None:
        """The base's tokenizer.json, where it is on this machine."""
        folder = base.at_hand(self.recipe.model, self.folder)
        found = folder / "tokenizer.json" if folder else None
        return found if found and found.is_file() else None

    @property
    def needs_model(self) -> bool:
        return any(read.producer == BASE for linked in self._steps for read in linked.reads)

    @property
    def needs_device(self) -> bool:
        scored = self.recipe.annotate.scores and any(one.step.name == "score" for one in self._steps)
        return bool(scored) or any(one.step.needs_device for one in self._steps)

    @property
    def trains(self) -> bool:
        return any(linked.step.keeps_state for linked in self._steps)

    @property
    def synthesizes(self) -> bool:
        return self.recipe.synthesize.enabled and any(one.step.name == "synthesize" for one in self._steps)

    @property
    def _steps(self) -> tuple[Linked, ...]:
        """Those that run; all where `until` names no step, which is an error of its own."""
        steps = of_recipe(self.recipe)
        if self.until is None:
            return steps
        return steps[: until([linked.step.name for linked in steps], self.until)]
