"""A run of a recipe without some of its sources, as a variant beside the run with them.

It shares the step directories of that run, so it begins at `mix`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.recipe import reading, without_sources
from rewarm.runs import variant_names


@dataclass(frozen=True)
class Without:
    """names: of the sources that are left out; of: the variant with them, "" for a recipe without variants;
    variants: to run, the one without them; overrides: values of the recipe that add it."""

    names: tuple[str, ...]
    of: str
    variants: tuple[str, ...]
    overrides: Mapping[str, Any]

    def first(self, root: Path) -> Path:
        """The directory of the run with the sources. root: of all variants."""
        return root / "variants" / self.of if self.of else root


def plan(path: Path, names: Sequence[str], variants: Sequence[str], overrides: Mapping[str, Any]) -> Without:
    """What to run of the recipe at `path` so that sources are left out; as it is asked for without names.

    variants: those asked for, one in a recipe that has some. Raises RewarmError as `reading.load` and
    `recipe.without_sources.without`, and for another number of variants.
    """
    if not names:
        return Without((), "", tuple(variants), overrides)
    recipe = reading.load(path, overrides)
    of = variants[0] if variants else ""
    if recipe.variants and (len(variants) != 1 or of not in recipe.variants):
        known = ", ".join(recipe.variants)
        raise RewarmError(f"{path}: --without: say of which variant: add --variant, one of {known}")
    if not recipe.variants and variants:
        raise RewarmError(f"{path}: --variant {of}: the recipe has no `variants`; remove the option")
    chosen = reading.variants(recipe)[of]
    changed = without_sources.without(chosen, names)
    name = variant_names.without(changed["mix"]["without"], of)
    whole = chosen.model_dump(mode="json") if of else {}
    return Without(tuple(names), of, (name,), {**overrides, **whole, **changed, "variants": {name: {}}})
