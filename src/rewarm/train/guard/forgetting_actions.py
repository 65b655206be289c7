"""The actions of the forgetting guard on a breach: `forgetting.on_breach` names one of the table.

A retained source lost more than the tolerance. An action records what it does (`Breach.report`), changes the
decisions from the next update on, or stops the run. `docs/how-to/add-a-guard-action.md` adds one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from rewarm.errors import RewarmError
from rewarm.train.guard.decisions import Decisions
from rewarm.train.guard.forgetting_guard import Change


@dataclass(frozen=True)
class Breach:
    """done: finished updates; change: of the retained leaf that lost most; config: the recipe's
    `forgetting`; report: adds an incident, given what is done; save: writes a checkpoint and waits for it;
    run: the run directory."""

    done: int
    change: Change
    config: dict[str, Any]
    decisions: Decisions
    report: Callable[[str], None]
    save: Callable[[], None]
    run: Path


Action = Callable[[Breach], None]


def warn(breach: Breach) -> None:
    """Record the breach only."""
    breach.report("warn")


def lower_rate(breach: Breach) -> None:
    """Multiply the learning rate by `forgetting.rate_cut`."""
    breach.decisions.cut_rate(breach.done, breach.config["rate_cut"])
    breach.report("lower_rate")


def raise_replay(breach: Breach) -> None:
    """Multiply the weight of retained tokens by `forgetting.replay_factor`, up to `most_replay` in all.

    It replaces a greater share of replay: packed sequences hold documents of several sources, and the
    order of a run never changes.
    """
    room = breach.config["most_replay"] / breach.decisions.retained_factor(breach.done)
    factor = min(breach.config["replay_factor"], room)
    if factor <= 1:
        breach.report("raise_replay is at its most")
        return
    breach.decisions.raise_retained(breach.done, factor)
    breach.report("raise_replay")


def stop(breach: Breach) -> NoReturn:
    """Save a checkpoint and stop for good. Raises RewarmError, which says how to continue."""
    breach.report("stop")
    breach.save()
    why = (
        f"train: after update {breach.done}: {breach.change} against the base, tolerance "
        f"{breach.config['tolerance']:g}. A checkpoint is saved. Go on from it by a recipe with more replay, "
        f"a lower rate or another forgetting.on_breach, and `start: {{run: {breach.run}, "
        f"update: {breach.done}}}`"
    )
    breach.decisions.stop(why)
    raise RewarmError(why)


ACTIONS: dict[str, Action] = {
    "warn": warn,
    "stop": stop,
    "lower_rate": lower_rate,
    "raise_replay": raise_replay,
}
