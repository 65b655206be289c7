"""The commits of the hub's data sets, found once for a whole run.

A branch may move between two steps, or while a killed run waits to be continued, so steps see commits only.
"""

from rewarm.data.collect import hub_files
from rewarm.recipe import Recipe


def pinned(recipe: Recipe) -> Recipe:
    """The recipe with the commit of each data set as its `revision`. Raises RewarmError as `hub.listing`."""
    if not any(source.hub for source in recipe.sources):
        return recipe
    sources = [
        source.model_copy(update={"revision": hub_files.commit(source.model_dump(mode="json"))})
        if source.hub
        else source
        for source in recipe.sources
    ]
    return recipe.model_copy(update={"sources": sources})


def commits(recipe: Recipe) -> dict[str, str]:
    """Source → commit of its data set, of a recipe that is `pinned`."""
    return {source.name: source.revision for source in recipe.sources if source.hub and source.revision}
