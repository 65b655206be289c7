"""Labels of a run's documents, also of those that never got a leaf because a step dropped them.

They follow the rules of the step `mix` (`corpus/labelled.py`), read from the recipe and the tables of
the run alone: what a step or the record says, else an attribute, else what the source says of all.
"""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from rewarm.corpus.tables import attributes, labels
from rewarm.runs.step_tables import StepFolder


def of_shard(
    steps: Iterable[StepFolder], recipe: dict[str, Any], shard: str, ids: pa.Array, sources: list[str]
) -> list[dict[str, str]]:
    """Axis → value of each document of a shard. ids: string [documents]; sources: their names."""
    steps = list(steps)
    declared = {source["name"]: source.get("labels") or {} for source in recipe.get("sources", [])}
    own = labels.read([step.path / "labels" for step in steps], shard, ids)
    brought = {axis: column.to_pylist() for axis, column in own.items()}
    named = {
        label["attribute"]
        for given in declared.values()
        for label in given.values()
        if isinstance(label, dict) and label.get("attribute")
    }
    beside = {}
    if named:
        table = attributes.columns([step.path / "attributes" for step in steps], shard, ids, sorted(named))
        beside = {name: table[name].to_pylist() for name in table.column_names}
    found = []
    for row, source in enumerate(sources):
        mine: dict[str, str] = {}
        for axis, label in declared.get(source, {}).items():
            value: Any = label
            if isinstance(label, dict):
                value = beside[label["attribute"]][row] if label.get("attribute") else None
                value = label.get("default") if value is None else value
            if axis in brought and brought[axis][row] is not None:
                value = brought[axis][row]
            if value is not None:
                mine[axis] = str(value)
        # A step may give labels on an axis of its own.
        mine |= {axis: given[row] for axis, given in brought.items() if given[row] is not None}
        found.append(mine)
    return found


def of_document(
    steps: Iterable[StepFolder], recipe: dict[str, Any], identity: str, source: str
) -> dict[str, str]:
    """Axis → value of one document."""
    steps = list(steps)
    ids = pa.array([identity], pa.string())
    found: dict[str, str] = of_shard(steps, recipe, "", ids, [source])[0]
    folders = [step.path / table for step in steps for table in ("labels", "attributes")]
    for shard in dict.fromkeys(
        path.name for folder in folders if folder.is_dir() for path in folder.iterdir()
    ):
        found |= of_shard(steps, recipe, shard, ids, [source])[0]
    return found
