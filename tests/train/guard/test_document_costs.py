"""A sparse leaf is held against the narrowest of its channels that is known, once a stage has gone on for a
while."""

import numpy as np
import pytest
from made_updates import dearer, update

from rewarm.recipe import Guard as Settings
from rewarm.train.guard.document_costs import DocumentCosts
from rewarm.train.guard.judge import Guard

# Leaf 3 is rare. It shares its language with leaf 0 and its task with leaves 0 to 2.
LEAVES, WIDE, NARROW, RARE = 4, [0, 1, 2, 3], [0, 3], 3


def costs(leaf: list[int], nats: list[float]) -> np.ndarray:
    return np.stack([np.array(nats), np.array(nats) / 4], axis=1)


def fed(updates: int, window: int = 8) -> DocumentCosts:
    """Leaf 0 costs 2 nats a token, the others 5; the rare one comes once."""
    found = DocumentCosts(LEAVES, [WIDE, NARROW], window)
    for number in range(updates):
        leaf = [0, 1, 2] if number else [0, 1, 2, RARE]
        found.accept(np.array(leaf), costs(leaf, [2.0 if one == 0 else 5.0 for one in leaf]))
        found.end_update()
    return found


def test_a_rare_leaf_takes_the_usual_of_its_narrowest_channel_that_is_known() -> None:
    middle, _ = fed(8).usual(np.array([RARE, 1, RARE]), 8)
    # Of the narrow channel nine values are known, eight of them leaf 0's.
    assert middle.tolist() == [[2.0, 0.5], [5.0, 1.25], [2.0, 0.5]]
    middle, _ = fed(8).usual(np.array([RARE]), 10)
    assert middle.tolist() == [[5.0, 1.25]], "the narrow one has nine, so the wide one counts"
    assert np.isnan(fed(8).usual(np.array([RARE]), 40)[0]).all()


def test_early_in_a_stage_a_leaf_without_a_past_is_not_judged() -> None:
    assert np.isnan(fed(7).usual(np.array([RARE]), 1 + 7)[0]).all()
    stage = fed(8)
    stage.clear()
    assert np.isnan(stage.usual(np.array([0, RARE]), 1)[0]).all()


def test_a_state_is_taken_up() -> None:
    one, other = fed(8), DocumentCosts(LEAVES, [WIDE, NARROW], 8)
    other.load(one.state())
    assert other.state() == one.state()
    assert other.usual(np.array([RARE]), 8)[0].tolist() == [[2.0, 0.5]]


@pytest.mark.parametrize("known", [True, False])
def test_the_guard_judges_a_part_of_a_rare_leaf_by_its_channel(known: bool) -> None:
    """Without the channel, a document of a leaf that was never seen may cost anything."""
    guard = Guard(3, Settings().model_dump(), channels=[[0, 2]] if known else [])
    guard.enter("adapt")
    for seed in range(Settings().window):
        guard.accept(update(8, seed=seed))
    rare = update(1, seed=999, leaf=2)
    assert guard.judge(rare) == []
    alarms = guard.judge(dearer(rare, [0], 3.0))
    assert [(alarm.kind, alarm.leaf, alarm.segment) for alarm in alarms if alarm.kind == "document"] == (
        [("document", 2, 0), ("document", 2, 0)] if known else []
    )
