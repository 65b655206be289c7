"""What a recipe makes each step of a run do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewarm.engine.step import Context, State, Step
from rewarm.model.base import Base
from rewarm.pipeline.step_list import STEPS, Linked, Read, of_recipe
from rewarm.recipe import Recipe


@dataclass(frozen=True)
class Planned:
    """A step of one run. config, aside: as in `Configuration`; reads: the tables that it reads."""

    step: Step
    config: dict[str, Any]
    aside: dict[str, Any] = field(default_factory=dict)
    reads: tuple[Read, ...] = ()

    @property
    def name(self) -> str:
        return self.step.name

    @property
    def producers(self) -> list[str]:
        """The steps that it reads, in the order of the run; `model` for the base model, first."""
        return list(dict.fromkeys(read.producer for read in self.reads))


def plan_steps(
    recipe: Recipe,
    files: list[Any],
    state: State | None = None,
    steps: Sequence[Linked] = STEPS,
    model: Callable[[str], Base] | None = None,
) -> list[Planned]:
    """The steps of a run, in order.

    files: fingerprints of the sources' files; state: what an earlier run left, when the recipe goes on from
    one; model: finds a model by its name in the recipe, for scores; without it none is looked for.
    Raises RewarmError where what a recipe names, as benchmarks or earlier corpora, is not there.
    """
    # These read tables, which planning alone does not.
    from rewarm.pipeline import earlier_classifiers, earlier_corpus, scoring_models

    corpora = earlier_corpus.find(recipe.dedupe.base, recipe.dedupe.near)
    classifiers = earlier_classifiers.find(recipe.annotate)
    scoring = scoring_models.find(recipe, model) if model else {}
    context = Context(files, state, tuple(corpora), tuple(classifiers), scoring)
    planned = []
    for linked in of_recipe(recipe, steps):
        found = linked.step.configuration(recipe, context)
        planned.append(Planned(linked.step, found.in_key, found.aside, linked.reads))
    return planned
