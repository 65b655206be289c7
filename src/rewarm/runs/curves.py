"""Training losses by channel: exact, since sums of leaves add up to those of any channel."""

from math import log

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables.leaves import Leaf

SCHEMA = pa.schema(
    [
        ("update", pa.int64()), ("stage", pa.string()), ("rate", pa.float64()), ("grad_norm", pa.float64()),
        ("axis", pa.string()), ("value", pa.string()), ("nats", pa.float64()), ("tokens", pa.float64()),
        ("bytes", pa.float64()), ("nats_per_token", pa.float64()), ("bits_per_byte", pa.float64()),
    ]
)  # fmt: skip


def table(updates: pa.Table, sums: pa.Table, leaves: list[Leaf]) -> pa.Table:
    """A row an update and channel that it trained on, in that order; axis and value `all`: the update.

    updates, sums: `updates` and `leaves` of the training log. tokens are those with loss. An update that the
    guard did not let through has no rows.
    """
    axes = list(dict.fromkeys(["source", *(axis for leaf in leaves for axis in leaf.labels)]))
    parts = [_channel(sums, "all", {leaf.number: "all" for leaf in leaves})]
    for axis in axes:
        values = {leaf.number: value for leaf in leaves if (value := leaf.value(axis)) is not None}
        parts.append(_channel(sums, axis, values))
    found = pa.concat_tables(parts).join(updates.select(["update", "stage", "rate", "grad_norm"]), "update")
    nats, tokens, size = (found[name].to_numpy() for name in ("nats", "tokens", "bytes"))
    with np.errstate(divide="ignore", invalid="ignore"):
        means = {"nats_per_token": nats / tokens, "bits_per_byte": nats / (size * log(2))}
    for name, column in means.items():
        found = found.append_column(name, pa.array(np.where(np.isfinite(column), column, np.nan)))
    place = {name: at for at, name in enumerate(["all", *axes])}
    found = found.append_column("place", pa.array([place[axis] for axis in found["axis"].to_pylist()]))
    keys = [("update", "ascending"), ("place", "ascending"), ("value", "ascending")]
    return found.sort_by(keys).select(SCHEMA.names).cast(SCHEMA)


def _channel(sums: pa.Table, axis: str, values: dict[int, str]) -> pa.Table:
    names = pa.table(
        {"leaf": pa.array(list(values), pa.int64()), "value": pa.array(list(values.values()), pa.string())}
    )
    joined = sums.join(names, "leaf", join_type="inner")
    kinds = [(name, "sum") for name in ("nats", "tokens", "bytes")]
    grouped = joined.group_by(["update", "value"]).aggregate(kinds)
    return pa.table(
        {
            "update": grouped["update"],
            "axis": pa.array([axis] * len(grouped), pa.string()),
            "value": grouped["value"],
            **{name: grouped[f"{name}_sum"] for name, _ in kinds},
        }
    )
