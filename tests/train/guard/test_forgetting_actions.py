"""What is done about a breach, by the name that the recipe gives."""

from pathlib import Path
from typing import Any, get_args

import pytest

from rewarm.errors import RewarmError
from rewarm.recipe import Forgetting
from rewarm.train.guard.decisions import Decisions
from rewarm.train.guard.forgetting_actions import ACTIONS, Breach
from rewarm.train.guard.forgetting_guard import Change


class Reports:
    """A breach after update `done`, and what an action does about it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.events: list[str] = []
        self.decisions = Decisions(folder / "decisions.json", writes=True)
        self.config = Forgetting(**settings).model_dump()

    def act(self, done: int) -> None:
        change = Change("web", 1, 4, 1.0, 1.25, False)
        breach = Breach(
            done, change, self.config, self.decisions, self.events.append,
            lambda: self.events.append("saved"), Path("runs/law"),
        )  # fmt: skip
        ACTIONS[self.config["on_breach"]](breach)


def test_every_name_of_the_recipe_is_an_action() -> None:
    assert set(ACTIONS) == set(get_args(Forgetting.model_fields["on_breach"].annotation))


def test_warn_changes_nothing(tmp_path: Path) -> None:
    reports = Reports(tmp_path, on_breach="warn")
    reports.act(8)
    assert reports.events == ["warn"] and not list(tmp_path.iterdir())


def test_lower_rate_cuts_the_rate_from_the_next_update_on(tmp_path: Path) -> None:
    reports = Reports(tmp_path, on_breach="lower_rate", rate_cut=0.25)
    for done in (8, 16):
        reports.act(done)
    assert [reports.decisions.rate_factor(update) for update in (7, 8, 15, 16)] == [1, 0.25, 0.25, 0.0625]
    assert reports.decisions.retained_factor(16) == 1 and reports.events == ["lower_rate"] * 2


def test_raise_replay_weighs_retained_tokens_more_up_to_its_most(tmp_path: Path) -> None:
    reports = Reports(tmp_path, on_breach="raise_replay", replay_factor=1.5, most_replay=2)
    for done in (8, 16, 24):
        reports.act(done)
    factors = [reports.decisions.retained_factor(update) for update in (7, 8, 15, 16, 24)]
    assert factors == [1, 1.5, 1.5, 2, 2] and reports.decisions.rate_factor(24) == 1
    assert reports.events == ["raise_replay", "raise_replay", "raise_replay is at its most"]


def test_stop_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    reports = Reports(tmp_path, on_breach="stop", tolerance=0.05)
    with pytest.raises(RewarmError) as stopped:
        reports.act(8)
    assert reports.events == ["stop", "saved"]
    assert str(stopped.value) == (
        "train: after update 8: web +0.250 bits/byte against the base, tolerance 0.05. A checkpoint is "
        "saved. Go on from it by a recipe with more replay, a lower rate or another "
        "forgetting.on_breach, and `start: {run: runs/law, update: 8}`"
    )
    assert Decisions(tmp_path / "decisions.json", writes=False).stopped == str(stopped.value)
