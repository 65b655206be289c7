"""Read the measured losses of pilot runs: CSV, Parquet or JSON lines, one row per measurement.

Columns: `share.SOURCE` (shares of the mix, sum 1), `loss.NAME` (nats per token), and where known `tokens`,
`size`, `unique_tokens`, `initial_loss`, `early_drop`, `run`, `seed`; for schedules `step`, `learning_rate`
and `warmup_steps`. `docs/laws.md` describes each. Rows with 0 tokens are losses of the base. Rows with
equal inputs are repeated runs: they show the noise.
"""

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rewarm.errors import RewarmError
from rewarm.laws.pilot_files import Row, read_rows
from rewarm.laws.points import COLUMNS, Array, Index, Points
from rewarm.laws.schedules import Schedules, with_warmup

SCHEDULE = ("step", "learning_rate")
KNOWN = (*COLUMNS, *SCHEDULE, "warmup_steps", "run", "seed", "note")
# Shares are often written with three digits.
SHARE_TOLERANCE = 0.01


@dataclass(frozen=True)
class Pilots:
    """
    Attributes:
        rows: as read, to be stored beside a fit.
        names, shares, columns, run, schedules: see `Points`.
        losses: float64 [rows] by name.
        base: losses of the base by name, where rows with 0 tokens give them.
    """

    rows: list[Row]
    names: tuple[str, ...]
    shares: Array
    columns: dict[str, Array]
    run: Index
    schedules: Schedules | None
    losses: dict[str, Array]
    base: dict[str, float]

    def points(self, loss: str) -> Points:
        """The inputs of one loss: the source of the same name is its own."""
        own = self.names.index(loss) if loss in self.names else None
        return Points(self.names, self.shares, own, self.columns, self.schedules, self.run)


def read(path: Path) -> Pilots:
    """Read and check a file of pilots.

    Raises:
        RewarmError: names file, row, column, value and remedy.
    """
    return from_rows(read_rows(path), str(path))


def from_rows(rows: list[Row], place: str) -> Pilots:
    """Check rows; place: the file, for errors."""
    if not rows:
        raise RewarmError(f"{place}: no rows. Write one row per measured loss (docs/laws.md)")
    names = list(dict.fromkeys(name for row in rows for name in row))
    _check_names(names, place)
    sources = [name for name in names if name.startswith("share.")]
    losses = [name for name in names if name.startswith("loss.")]
    if not losses:
        raise RewarmError(f"{place}: no column starts with 'loss.'. Name each loss, as in loss.general")
    base_rows = [place for place, row in enumerate(rows) if _is_zero(row.get("tokens"))]
    kept = [place for place in range(len(rows)) if place not in set(base_rows)]
    if not kept:
        raise RewarmError(f"{place}: every row has 0 tokens. Add the losses of pilot runs")

    def column(name: str, at: Sequence[int], least: float) -> Array:
        return np.array([_number(rows[row], row, name, least, place) for row in at], dtype=np.float64)

    tiny = 5e-324
    shares = np.stack([column(name, kept, 0.0) for name in sources], axis=1) if sources else None
    if shares is not None:
        _check_sums(shares, [name for name in sources], kept, place)
        shares = shares / shares.sum(axis=1, keepdims=True)
    columns = {name: column(name, kept, tiny) for name in COLUMNS if name in names}
    label = [str(rows[row].get("run", f"row {row}")) for row in kept]
    known = {name: number for number, name in enumerate(dict.fromkeys(label))}
    run = np.array([known[name] for name in label], dtype=np.int64)
    schedules = None
    if any(name in names for name in SCHEDULE):
        missing = [name for name in (*SCHEDULE, "run") if name not in names]
        if missing:
            raise RewarmError(
                f"{place}: a schedule needs the column {missing[0]}. Add it or remove the others"
            )
        warmup = column("warmup_steps", kept, 0.0) if "warmup_steps" in names else np.zeros(len(kept))
        schedules = _schedules(run, column("step", kept, 0.0), column("learning_rate", kept, 0.0), warmup)
    return Pilots(
        rows,
        tuple(name.removeprefix("share.") for name in sources) or ("all",),
        np.ones((len(kept), 1)) if shares is None else shares,
        columns,
        run,
        schedules,
        {name.removeprefix("loss."): column(name, kept, tiny) for name in losses},
        {name.removeprefix("loss."): float(column(name, base_rows, tiny).mean()) for name in losses}
        if base_rows
        else {},
    )


def _is_zero(value: object) -> bool:
    try:
        return float(str(value)) == 0
    except ValueError:
        return False


def _check_names(names: list[str], place: str) -> None:
    for name in names:
        if name in KNOWN or (name.split(".", 1)[0] in ("share", "loss") and len(name.split(".", 1)) == 2):
            continue
        near = difflib.get_close_matches(name, [*KNOWN, "share.domain", "loss.domain"], 1, 0.6)
        hint = f"Did you mean {near[0]}?" if near else "Remove it, or name it note"
        raise RewarmError(
            f"{place}: column {name!r} is not share.SOURCE, loss.NAME or {', '.join(KNOWN)}. {hint}"
        )


def _check_sums(shares: Array, names: list[str], rows: Sequence[int], place: str) -> None:
    sums = shares.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > SHARE_TOLERANCE)
    if len(wrong):
        row = int(wrong[0])
        raise RewarmError(
            f"{place}: row {rows[row] + 1}: {' + '.join(names)} is {sums[row]:.4g}, not 1. "
            "Give shares of the whole mix, each from 0 to 1"
        )


def _number(row: Row, place: int, name: str, least: float, file: str) -> float:
    value = row.get(name)
    where = f"{file}: row {place + 1}: {name}"
    if value is None or value == "":
        raise RewarmError(f"{where}: is empty. Give every row a value, or remove the column")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise RewarmError(f"{where}: {value!r} is not a number") from None
    if not math.isfinite(number):
        raise RewarmError(f"{where}: {value!r} is not finite. Remove the row if the run failed")
    if number < least:
        bound = "greater than 0" if least else "0 or greater"
        raise RewarmError(f"{where}: {value!r} is not {bound}")
    return number


def _schedules(run: Index, step: Array, rate: Array, warmup: Array) -> Schedules:
    rates = []
    for number in range(int(run.max()) + 1):
        rows = np.flatnonzero(run == number)
        rows = rows[np.argsort(step[rows], kind="stable")]
        length = int(step[rows[-1]]) + 1
        rates.append(with_warmup(step[rows], rate[rows], int(warmup[rows[0]]), length))
    return Schedules(tuple(rates), run, step.astype(np.int64))
