"""Settings of a pairwise comparison of answers (`rewarm duel`), in a file of their own."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe import yaml_file
from rewarm.recipe.llm import Llm
from rewarm.recipe.part import Count, Part, Share

OVERALL = "overall"


class Dimension(Part):
    """What two answers are compared in."""

    name: str = Field(min_length=1, max_length=40)
    """As in tables and reports, e.g. correctness."""
    criterion: str = Field(min_length=1, max_length=400)
    """One sentence that says which answer is better in this dimension."""


# The names are the same in both languages, so that a set with prompts in both is one set.
DIMENSIONS: dict[str, tuple[Dimension, ...]] = {
    "en": (
        Dimension(
            name="correctness",
            criterion="The better answer has fewer false or unsupported statements and no wrong reasoning.",
        ),
        Dimension(
            name="instruction",
            criterion="The better answer does exactly what the prompt asks, in the form, length and language "
            "asked for.",
        ),
        Dimension(
            name="completeness",
            criterion="The better answer covers more of what the prompt needs, without padding or repeats.",
        ),
        Dimension(
            name="clarity",
            criterion="The better answer is easier to follow: well organised, precise, fluent.",
        ),
    ),
    "zh": (
        Dimension(name="correctness", criterion="更好的回答含有更少的错误或无依据的陈述，推理没有错误。"),
        Dimension(name="instruction", criterion="更好的回答准确完成提示的要求，包括要求的形式、篇幅和语言。"),
        Dimension(
            name="completeness", criterion="更好的回答更完整地覆盖提示所需的内容，且没有凑字数或重复。"
        ),
        Dimension(name="clarity", criterion="更好的回答更容易理解：条理清楚，用词准确，语言通顺。"),
    ),
}
OVERALL_CRITERION = {
    "en": "The better answer serves the person who wrote the prompt better, all things considered. Length is "
    "no merit in itself.",
    "zh": "综合考虑，更好的回答对提出该提示的人更有帮助。篇幅长短本身不是优点。",
}


class Judge(Llm):
    """The model that judges, on any OpenAI-compatible server."""

    temperature: float | None = Field(0, ge=0, le=2)
    """A verdict is a measurement: sampling would add noise to it. None: not sent."""
    max_tokens: Count = 1024
    """A verdict with reasons in five dimensions takes about 300 tokens; a model that reasons needs more."""


class Duels(Part):
    """How answers are compared."""

    judge: Judge = Judge()
    dimensions: list[Dimension] | None = None
    """A list replaces the defaults: correctness, instruction, completeness, clarity, with criteria in Chinese
    or English by the language of each prompt. [] asks for the overall verdict alone, which is always
    asked."""
    overall: str | None = Field(None, min_length=1, max_length=400)
    """The criterion of the overall verdict. None: the default one, in the prompt's language."""
    reasons: bool = True
    """Ask for a short reason before each verdict. Small judges often fail to end their reasons."""
    compare: Literal["base", "all"] = "all"
    """Pairs of models, when there are more than two: each with the base, or all."""
    near_identical: Share = 0.97
    """Pairs of answers at least this similar (shared character 5-grams) are not judged. 0.97 allows about one
    changed word in 300 characters; a changed number or negation is always judged."""
    judged_twice: Share = 0.1
    """Share of prompts judged a second time, which measures the judge's agreement with itself."""
    at_budget: Literal["stop", "finish"] = "stop"
    """`finish` reports on the pairs judged so far. They are a random sample, since the order is drawn."""
    bootstrap: int = Field(2000, ge=200)
    """Draws of prompts per interval. At 2,000 an end of a 95 % interval varies by about 3 % of its width."""
    seed: int = Field(0, ge=0)
    """Of the order of pairs, the prompts judged twice and the bootstrap."""

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [dimension.name for dimension in self.dimensions or ()]
        for name in names:
            if name == OVERALL:
                raise ValueError(f"dimensions: {OVERALL} is always asked; set its criterion with `overall`")
            if names.count(name) > 1:
                raise ValueError(f"dimensions: {name} is given twice; keep one")
        return self

    def dimensions_in(self, language: str) -> tuple[Dimension, ...]:
        """All dimensions for prompts in `zh` or `en`, the overall one last."""
        listed = DIMENSIONS[language] if self.dimensions is None else tuple(self.dimensions)
        return *listed, Dimension(name=OVERALL, criterion=self.overall or OVERALL_CRITERION[language])


def load(path: Path) -> Duels:
    """Read the settings at `path`. Raises RewarmError with one line per fault."""
    data, lines = yaml_file.read(path, "docs/duels.md shows one")
    return yaml_file.check(Duels, data, path, lines)
