"""The date of the base's release where a cut-off counts from it: as the recipe says, or the base's card."""

from pathlib import Path

from rewarm.model import base, release
from rewarm.recipe import Recipe
from rewarm.recipe.cut_off import needs_release

UNKNOWN = (
    "`since: auto` counts from the base's release, and neither its card nor its config.json says when it was."
)
REMEDY = "Set `model_released`, such as 2024-11, or write the date itself."


def dated(recipe: Recipe, folder: Path) -> Recipe:
    """The recipe with `model_released`, where a cut-off needs it and the base on this machine says it.

    folder: the recipe's. Nothing is downloaded: a base that is not here yet says nothing.
    """
    if not needs_release(recipe) or recipe.model_released:
        return recipe
    found = of_base(recipe, folder)
    return recipe.model_copy(update={"model_released": found.date}) if found else recipe


def of_base(recipe: Recipe, folder: Path) -> release.Release | None:
    """What the base's own files say, where they are on this machine."""
    path = base.at_hand(recipe.model, folder)
    return release.find(path) if path else None
