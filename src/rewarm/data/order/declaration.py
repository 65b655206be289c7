"""Declares the step `order`."""

from rewarm.corpus.tables.catalogue import ATTRIBUTES, DOCUMENTS, LEAVES, LEDGER, PLAN
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Recipe, selectors


def configure(recipe: Recipe, context: Context) -> Configuration:
    """Each stage's order; with its sequence length where groups have to fit into one."""
    stages = []
    for stage in recipe.stages:
        order = stage.order.model_dump(mode="json")
        grouped = any(one.by in ("related", "user") for one in (stage.order, *stage.order.channels.values()))
        seq_len = stage.seq_len or recipe.pack.seq_len
        stages.append({"name": stage.name, "order": order, "seq_len": seq_len if grouped else None})
    chosen = {
        stage.name: {channel: selectors.parse(channel) for channel in stage.order.channels}
        for stage in recipe.stages
    }
    names = [stage.name for stage in recipe.stages]
    return Configuration(
        {"stages": stages, "order": names, "selectors": chosen, "seed": recipe.training_seed}
    )


STEP = Step(
    name="order",
    run="rewarm.data.order.step:run",
    configure=configure,
    reads=(PLAN, LEAVES, DOCUMENTS, ATTRIBUTES),
    writes=(PLAN, Table("orders", "order.json"), LEDGER),
    verdicts=("drop",),
)
