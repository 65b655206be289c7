"""Settings of `rewarm label judge`: what a language model is asked about texts, and its labels."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from rewarm.recipe import yaml_file
from rewarm.recipe.llm import Llm
from rewarm.recipe.part import Count, Part


class Judge(Part):
    llm: Llm
    labels: dict[str, str] = Field(min_length=2)
    """Label → what it means, as the model is told."""
    question: str = "Which label describes the text best?"
    samples: Count = 500
    """Texts that are judged, drawn by a hash of their content. A few hundred teach a classifier."""
    characters: Count = 3000
    """The beginning of a text that is shown."""

    @model_validator(mode="after")
    def _deterministic(self) -> Self:
        if not self.llm.model:
            raise ValueError("llm.model: is missing; name the model as its server does")
        return self


def load(path: Path) -> Judge:
    """Read the settings at `path`. Raises RewarmError with one line per fault."""
    data, lines = yaml_file.read(path, "docs/annotate.md shows one")
    return yaml_file.check(Judge, data, path, lines)
