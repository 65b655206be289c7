"""Several runs side by side: one channel's curve of each, and what held-out documents say of them."""

from typing import Any

import numpy as np

from rewarm.board.buckets import extremes
from rewarm.board.channel_curves import Unit, positions
from rewarm.board.run_view import State
from rewarm.corpus.tables.channels import json_ready


def plain(
    states: dict[str, State], axis: str, value: str, unit: Unit, smooth: int | None, first: int | None,
    last: int | None,
) -> dict[str, Any]:  # fmt: skip
    """For the page. A run without the channel, or without updates in the range, has no curve.

    Runs differ in length, so each has its own updates; the table shows the last value of each.
    """
    runs = []
    for name, state in states.items():
        curves = state.curves
        row: dict[str, Any] = {"label": name, "x": [], "y": [], "last": None, "updates": 0}
        if curves is not None:
            names, values = curves.smoothed(axis, unit, smooth or curves.auto())
            row["updates"] = len(curves.log.updates)
            if value in names:
                begin, end = positions(curves.log.updates, first, last)
                at, found = extremes(values[[names.index(value)]], begin, end)
                seen = values[names.index(value), begin:end]
                sound = seen[np.isfinite(seen)]
                row |= {"x": curves.log.updates[at], "y": found[0].astype(np.float32)}
                row["last"] = float(sound[-1]) if len(sound) else None
        row["held_out"] = [
            json_ready(channel) for channel in state.run.evaluation[0] if channel.axis == "task"
        ]
        runs.append(row)
    return {"unit": unit, "runs": runs}
