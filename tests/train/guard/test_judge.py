"""The guard on made-up updates: what is an alarm, and what is the swing of a few documents."""

import json
from dataclasses import replace

import numpy as np
import pytest
from made_updates import LEAVES, TOKENS, dearer, seasoned, update

from rewarm.recipe import Guard as Settings
from rewarm.train.guard.evidence import Evidence
from rewarm.train.guard.judge import Guard


@pytest.fixture
def guard() -> Guard:
    return seasoned()


def kinds(guard: Guard, evidence: Evidence) -> set[str]:
    return {alarm.kind for alarm in guard.judge(evidence)}


def test_a_leaf_of_one_document_is_judged_by_the_document(guard: Guard) -> None:
    lone = update(1, seed=1000, leaf=1)
    assert kinds(guard, dearer(lone, [0], 1.45)) == set()
    assert "document" in kinds(guard, dearer(lone, [0], 2.6))


def test_a_leaf_of_many_is_judged_as_one(guard: Guard) -> None:
    many = update(8, seed=1001)
    assert kinds(guard, dearer(many, [1, 3, 5, 7], 1.6)) >= {"leaf"}
    assert kinds(guard, dearer(many, list(range(8)), 0.4)) >= {"loss", "leaf"}


def test_norms_are_judged_by_magnitudes(guard: Guard) -> None:
    usual = update(8, seed=1002)
    assert kinds(guard, replace(usual, norm=20.0)) == set()
    assert kinds(guard, replace(usual, norm=1e4)) == {"grad_norm"}
    assert kinds(guard, replace(usual, norm=float("nan"))) == {"non_finite"}


def test_words_of_another_leaf_and_one_token_repeated(guard: Guard) -> None:
    usual = update(8, seed=1003)
    tokens = list(usual.segments.tokens)
    tokens[2] = tokens[1]
    tokens[5] = np.full(TOKENS, 1042, dtype=np.uint32)
    alarms = guard.judge(replace(usual, segments=replace(usual.segments, tokens=tuple(tokens))))
    assert {(alarm.kind, alarm.segment, alarm.leaf) for alarm in alarms} == {
        ("words", 2, 0),
        ("repeat", 5, 1),
    }


def test_a_rare_leaf_has_no_slope_of_two_pairs() -> None:
    """A leaf that is there in every fifth update: its expected loss stays within what was seen."""
    guard = Guard(LEAVES, Settings().model_dump())
    guard.enter("adapt")
    for seed in range(400):
        seen = update(8, seed=seed, leaf=None if seed % 5 == 0 else 0)
        assert guard.judge(seen) == []
        guard.accept(seen)


def test_a_state_that_was_written_judges_alike(guard: Guard) -> None:
    read = Guard(LEAVES, Settings().model_dump())
    read.load(json.loads(json.dumps(guard.state())))
    odd = dearer(update(8, seed=1004), [3], 4)
    assert read.judge(odd) == guard.judge(odd) != []
