"""The values that trackers get: names and values from the rows of the log.

    loss, rate, grad_norm, tokens_per_second
    channel/AXIS=VALUE/nats_per_token, channel/AXIS=VALUE/bits_per_byte
    retained/SOURCE/bits_per_byte, domain/SOURCE/bits_per_byte (held-out documents)

A channel's value is a ratio of sums over its leaves, never a mean of means. tokens are those with loss.
"""

from collections.abc import Iterable
from typing import Any

import torch

from rewarm.model.channel_loss import channel_loss


def channels(leaves: Iterable[dict[str, Any]]) -> dict[str, list[int]]:
    """`AXIS=VALUE` → its leaves, for every value of every axis. leaves: as in leaves.json."""
    found: dict[str, list[int]] = {}
    for leaf in leaves:
        for axis, value in {"source": leaf["source"], **leaf["labels"]}.items():
            found.setdefault(f"{axis}={value}", []).append(leaf["leaf"])
    return found


def of_updates(rows: list[dict[str, Any]], parts: dict[str, list[int]]) -> dict[str, float]:
    """The values of one or more updates: rows of the log, with `leaves`; parts: of `channels`.

    Losses are over all tokens of the rows, the rate is the last, the gradient norm the greatest. An
    update that was not used has no loss; a channel without tokens has no value.
    """
    values = {"rate": float(rows[-1]["rate"])}
    used = [row for row in rows if row["loss"] is not None]
    if not used:
        return values
    tokens = sum(row["tokens"] for row in used)
    seconds = sum(row["seconds"] for row in rows)
    values["loss"] = sum(row["loss"] * row["tokens"] for row in used) / tokens if tokens else used[-1]["loss"]
    values["grad_norm"] = max(row["grad_norm"] for row in used)
    if seconds:
        values["tokens_per_second"] = tokens / seconds
    present = [part for row in used for part in row["leaves"]]
    known = [*(leaf for leaves in parts.values() for leaf in leaves), *(int(part[0]) for part in present)]
    table = torch.zeros(1 + max(known, default=0), 3, dtype=torch.float64)
    for leaf, *sums in present:
        table[int(leaf)] += torch.tensor(sums, dtype=torch.float64)
    for name, leaves in parts.items():
        nats, bits = channel_loss(table, leaves)
        # NaN: these updates have no tokens of the channel.
        if nats == nats:
            values[f"channel/{name}/nats_per_token"] = nats
        if bits == bits:
            values[f"channel/{name}/bits_per_byte"] = bits
    return values


def of_retained(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The values of one evaluation of the forgetting guard."""
    return {
        f"{'domain' if row['domain'] else 'retained'}/{row['source']}/bits_per_byte": float(row["now"])
        for row in rows
    }
