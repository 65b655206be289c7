"""The blocks of a run: where each was trained, and how the channels' losses changed on the way.

A block's first and last figure are the training losses of the channel over the first and the last tenth of
the block's updates, ratios of sums. They belong to other text, so the change says what a held-out loss says
only over many updates. Blocks of the run that this one goes on from come first, up to where it was left.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.tables.blocks import Span
from rewarm.errors import RewarmError
from rewarm.runs.run import Run

_PART = 10
_ALL = "all"


@dataclass(frozen=True, slots=True)
class Change:
    """Bits per byte of a channel at the start and at the end of a block; None where it has no tokens."""

    channel: str
    start: float | None
    end: float | None

    @property
    def change(self) -> float | None:
        """End − start: negative is better."""
        return None if self.start is None or self.end is None else self.end - self.start


@dataclass(frozen=True, slots=True)
class Block:
    """run: its directory; done: updates of it that are trained; kept: whether the state after it is kept."""

    run: str
    span: Span
    done: int
    kept: bool
    changes: list[Change]


def of_run(run: Run, axis: str = "source", until: int | None = None) -> list[Block]:
    """The blocks in training order. until: of an earlier run, the finished updates that count.

    Raises RewarmError for a run without blocks and for an axis that it does not have.
    """
    if not run.blocks:
        raise RewarmError(f"{run.path}: has no blocks yet; rewarm run RECIPE --until pack makes them")
    curves = run.curves
    axes = {"source", *(name for leaf in run.leaves for name in leaf.labels)}
    if axis not in axes:
        raise RewarmError(f"--axis {axis}: the run has the axes {', '.join(sorted(axes))}")
    rows = curves.filter(pc.is_in(curves["axis"], pa.array([_ALL, axis])))
    names, updates = rows["value"].to_pylist(), rows["update"].to_numpy()
    sums = np.stack([rows[name].to_numpy() for name in ("nats", "bytes")], axis=1)
    channels = [_ALL, *sorted({name for name in names if name != _ALL})]
    of_channel = {name: np.array([other == name for other in names], bool) for name in channels}
    kept = {state.updates for state in run.states}
    trained = 1 + int(updates.max()) if len(updates) else 0
    found = _earlier(run, axis)
    for span in run.blocks:
        if until is not None and span.first >= until:
            break
        stop = min(span.updates, trained)
        part = max(1, (stop - span.first) // _PART)
        changes = []
        for name in channels:
            sides = [
                _bits(sums[of_channel[name] & (updates >= start) & (updates < start + part)])
                for start in (span.first, stop - part)
            ]
            changes.append(Change(name, *sides) if stop > span.first else Change(name, None, None))
        done = max(0, stop - span.first)
        found.append(Block(str(run.path), span, done, span.updates in kept, changes))
    return found


def lines(blocks: list[Block]) -> Iterator[str]:
    """A line a block, then a line a channel."""
    for block in blocks:
        span, state = block.span, " · state kept" if block.kept else ""
        whole = span.updates - span.first
        progress = f"updates {span.first:,}–{span.updates - 1:,}"
        if block.done < whole:
            progress += f" ({block.done:,} of {whole:,} done)"
        yield f"block {span.number}  {span.stage}  {span.tokens:,} tokens  {progress}{state}   {block.run}"
        for one in block.changes:
            if one.change is not None:
                yield f"  {one.channel}: {one.start:.3f} → {one.end:.3f} bits/byte   {one.change:+.3f}"


def plain(blocks: list[Block]) -> list[dict[str, Any]]:
    """For `--json`."""
    return [
        {
            **asdict(block.span),
            "run": block.run,
            "done": block.done,
            "kept": block.kept,
            "channels": [{**asdict(one), "change": one.change} for one in block.changes],
        }
        for block in blocks
    ]


def _bits(sums: np.ndarray) -> float | None:
    """Bits per byte of float64 [updates, 2]: nats and bytes."""
    nats, size = sums.sum(0) if len(sums) else (0.0, 0.0)
    return float(nats / size / log(2)) if size else None


def _earlier(run: Run, axis: str) -> list[Block]:
    start = run.recipe.get("start")
    if not start:
        return []
    try:
        before = Run(Path(start["run"]))
        at = start.get("update")
        if start.get("block"):
            at = before.blocks[start["block"] - 1].updates
        return of_run(before, axis, at)
    except (RewarmError, IndexError):
        # It may have been removed since, or have had other labels.
        return []
