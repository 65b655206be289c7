"""The cut-off of a source, as its own settings and those of `collect` give it together."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rewarm.recipe import Recipe, Source

# Corpora of the half year before a base's release are still much the same as those that it was trained on.
MONTHS = 6


def cut_off(recipe: "Recipe", source: "Source") -> dict[str, Any]:
    """`field`, `default`, `since`, `until` (dates or None), `undated` and `rights`, as `collect` reads them.

    `since` stays `auto` where the recipe's `model_released` is not known. Raises ValueError for a cut-off
    that ends before it begins.
    """
    own, common = source.date, recipe.collect
    since, until = own.since or common.since, own.until or common.until
    if since == "auto" and recipe.model_released:
        since = months_before(recipe.model_released, MONTHS)
    if since not in (None, "auto", "none") and until not in (None, "none") and since > f"{until}~":
        raise ValueError(f"sources.{source.name}: its cut-off begins at {since}, after its end at {until}")
    return {
        "field": own.field,
        "default": own.default,
        "since": None if since == "none" else since,
        "until": None if until == "none" else until,
        "undated": own.undated or common.undated,
        "rights": sorted(common.rights.drop),
    }


def needs_release(recipe: "Recipe") -> bool:
    """Whether a cut-off counts from the base's release."""
    return any((source.date.since or recipe.collect.since) == "auto" for source in recipe.sources)


def months_before(day: str, months: int) -> str:
    """The month that lies a number of months before a year, month or day; of a year, before its January."""
    index = 12 * int(day[:4]) + int(day[5:7] or 1) - 1 - months
    return f"{index // 12:04}-{index % 12 + 1:02}"
