"""Declares the step `route`."""

from rewarm.corpus.tables.catalogue import ATTRIBUTES, DOCUMENTS, LEDGER, ROUTED, SPLIT
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Recipe, Route


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the sources of the domain, whose terms say what is worth rewriting; of one that is off, only
    that."""
    if not recipe.route.enabled:
        return Configuration({"route": {"enabled": False}})
    code = [one.name for one in recipe.sources if one.fixed_labels.get("language") == "code"]
    domain = [one.name for one in recipe.sources if one.fixed_labels.get("task") == "domain"]
    return Configuration(
        {"route": recipe.route.model_dump(mode="json"), "domain": domain, "code": code, "seed": recipe.seed}
    )


STEP = Step(
    name="route",
    run="rewarm.data.route.step:run",
    settings=Route,
    configure=configure,
    reads=(DOCUMENTS, SPLIT),
    writes=(DOCUMENTS, ATTRIBUTES.of("route", "readable", "terms", "facts", "domain_score"), ROUTED, LEDGER),
    verdicts=("drop", "route"),
    libraries=("rjieba",),
)
