"""The base's loss as reference: faults of the first updates and slow ones are seen, re-warming is not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_updates import BYTES, LEAVES, TOKENS, dearer, update

from rewarm.corpus.tables import leaves
from rewarm.recipe import Guard as Settings
from rewarm.train.guard import anchor
from rewarm.train.guard.evidence import Evidence
from rewarm.train.guard.judge import Guard


def base(documents: int = 8, *, nats: float = 3.0, second: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Held-out documents of both leaves, about `nats` and `second` nats a token."""
    rng = np.random.default_rng(0)
    leaf = np.arange(LEAVES * documents) % LEAVES
    level = np.where(leaf == 0, nats, second) + rng.normal(0, 0.1, len(leaf))
    size = np.full(len(leaf), float(TOKENS))
    return leaf, np.stack([level * size, size, size * BYTES / TOKENS], axis=1)


def guard(**settings: float) -> Guard:
    found = Guard(LEAVES, Settings(**settings).model_dump(), base())
    found.enter("adapt")
    return found


def scaled(parts: int, seed: int, factor: float) -> Evidence:
    return dearer(update(parts, seed=seed), list(range(parts)), factor)


def alarms_of(found: Guard, factors: list[float], parts: int = 8) -> list[set[str]]:
    """Kinds of alarm at each update; those without one are accepted."""
    kinds = []
    for seed, factor in enumerate(factors):
        evidence = scaled(parts, seed, factor)
        kinds.append({alarm.kind for alarm in found.judge(evidence)})
        if not kinds[-1]:
            found.accept(evidence)
    return kinds


def test_a_jump_in_the_second_update_is_an_alarm() -> None:
    found = guard()
    assert alarms_of(found, [1.0, 1.1, 2.0]) == [set(), set(), {"loss"}]
    (alarm,) = found.judge(scaled(8, 5, 2.0))
    assert (alarm.direction, alarm.expected) == ("up", pytest.approx(3, abs=0.1)) and alarm.value > 5.5


def test_three_updates_above_the_base_are_a_divergence_and_two_are_not() -> None:
    assert alarms_of(guard(), [1.0, 1.4, 1.4, 1.4]) == [set(), set(), set(), {"diverged"}]
    assert alarms_of(guard(), [1.0, 1.4, 1.4, 1.1, 1.4, 1.4, 1.0]) == [set()] * 7


def test_a_bump_of_re_warming_is_none() -> None:
    bump = [1 + 0.2 * min(1, step / 10, (60 - step) / 30) for step in range(60)]
    assert not any(alarms_of(guard(), bump))


def test_a_slow_divergence_does_not_become_the_usual() -> None:
    kinds = alarms_of(guard(), [1 + 0.005 * step for step in range(120)])
    first = next(at for at, found in enumerate(kinds) if found)
    assert kinds[first] == {"diverged"} and 55 < first < 70


def test_what_was_learnt_lowers_the_reference() -> None:
    """From 3 nats to 1.5, then slowly up again: an alarm long before the base's loss is reached."""
    learnt = [max(0.5, 1 - 0.005 * step) for step in range(150)]
    rising = [0.5 + 0.004 * step for step in range(150)]
    kinds = alarms_of(guard(), [*learnt, *rising])
    first = next(at for at, found in enumerate(kinds) if found)
    assert first > 150 and (learnt + rising)[first] < 0.95


def test_a_new_stage_is_held_against_the_base_alone() -> None:
    found = guard()
    assert not any(alarms_of(found, [0.4 + 0.6 * 0.99**step for step in range(300)]))
    found.enter("anneal")
    assert alarms_of(found, [0.95, 0.95, 0.95, 0.95]) == [set()] * 4


def test_a_stage_that_costs_more_from_its_first_update_is_no_divergence() -> None:
    """Other positions or a longer sequence raise the loss before the stage's rate has acted."""
    found = guard()
    alarms_of(found, [1.0] * 20)
    alarms_of(found, [1.2] * 20)
    assert found.unsound > 0
    found.enter("long")
    assert found.unsound == 0
    assert alarms_of(found, [2.0, 1.9, 1.9, 1.8, 1.8, 2.4, 2.4, 2.4]) == [set()] * 7 + [{"diverged"}]


def test_a_loss_of_nearly_nothing_is_a_collapse_and_can_be_allowed() -> None:
    assert alarms_of(guard(), [1.0, 0.8, 0.05])[-1] == {"collapsed"}
    assert alarms_of(guard(base_floor=0), [1.0, 0.8, 0.05]) == [set()] * 3


def test_leaves_are_held_against_their_own_base() -> None:
    found = Guard(LEAVES, Settings().model_dump(), base(nats=3.0, second=9.0))
    found.enter("adapt")
    for seed, leaf in enumerate([0, 1, 0, 1, 1, 1]):
        dear = dearer(update(8, seed=seed, leaf=leaf), list(range(8)), 3.0 if leaf else 1.0)
        assert found.judge(dear) == []
        found.accept(dear)
    assert {alarm.kind for alarm in found.judge(scaled(8, 9, 4.0))} == {"loss"}


def test_updates_of_few_spread_documents_may_swing() -> None:
    """Documents of 1 to 5 nats: an update of two of them at 4.6 says nothing."""
    leaf = np.zeros(16, dtype=np.int64)
    size = np.full(16, float(TOKENS))
    sums = np.stack([size * np.linspace(1, 5, 16), size, 4 * size], axis=1)
    found = Guard(LEAVES, Settings().model_dump(), (leaf, sums))
    found.enter("adapt")
    for factor in (1.0, 1.5, 1.5, 1.5):
        pair = dearer(update(2, seed=1, leaf=0), [0, 1], factor)
        assert found.judge(pair) == []
        found.accept(pair)
    for kinds in (set(), set(), {"diverged"}):
        many = dearer(update(64, seed=1, leaf=0), list(range(64)), 1.5)
        assert {alarm.kind for alarm in found.judge(many)} == kinds
        found.accept(many)


def test_a_document_of_the_first_update_is_held_against_the_base() -> None:
    found = Guard(LEAVES, Settings().model_dump(), base(40))
    found.enter("adapt")
    alarms = found.judge(dearer(update(16, seed=3), [5], 4.0))
    assert {(alarm.kind, alarm.segment) for alarm in alarms} == {("document", 5)}


def test_it_knows_since_when_the_level_is_high() -> None:
    found = guard()
    alarms_of(found, [1.0] * 20)
    assert found.unsound == 0
    alarms_of(found, [1.2] * 20)
    assert 10 <= found.unsound <= 20
    read = guard()
    read.load(json.loads(json.dumps(found.state())))
    assert read.unsound == found.unsound
    for factor, kinds in ((1.4, set()), (1.4, set()), (1.4, {"diverged"})):
        evidence = scaled(8, 1, factor)
        assert {alarm.kind for alarm in read.judge(evidence)} == kinds
        read.accept(evidence)


def test_without_a_base_nothing_is_anchored() -> None:
    found = Guard(LEAVES, Settings().model_dump())
    found.enter("adapt")
    assert found.judge(replace(scaled(8, 1, 4.0), norm=1.0)) == []


def based_on(losses: list[float], **settings: float) -> Guard:
    """One whose base costs these nats a token on held-out documents of leaf 0, and of no other leaf."""
    size = np.full(len(losses), float(TOKENS))
    sums = np.stack([np.array(losses) * size, size, 4 * size], axis=1)
    found = Guard(LEAVES, Settings(**settings).model_dump(), (np.zeros(len(losses), dtype=np.int64), sums))
    found.enter("adapt")
    return found


def alarms_of_one_document(found: Guard, factors: list[float]) -> list[set[str]]:
    kinds = []
    for seed, factor in enumerate([1.0, *factors]):
        evidence = dearer(update(1, seed=seed, leaf=0), [0], factor)
        kinds.append({alarm.kind for alarm in found.judge(evidence)})
        found.accept(evidence)
    return kinds[1:]


def test_held_out_documents_that_cost_alike_spread_by_a_fifth_at_least() -> None:
    """Three standard errors of one document are 0.6 of the loss, more than `base_rise`."""
    assert alarms_of_one_document(based_on([3.0] * 8), [1.5] * 4) == [set()] * 4
    assert alarms_of_one_document(based_on([3.0] * 8), [1.75] * 3) == [set(), set(), {"diverged"}]
    assert alarms_of_one_document(based_on([3.0]), [1.5] * 4) == [set()] * 4
    assert alarms_of_one_document(based_on([3.0]), [1.75] * 3) == [set(), set(), {"diverged"}]


def test_two_held_out_documents_have_a_spread() -> None:
    assert alarms_of_one_document(based_on([1.0, 5.0]), [2.0] * 4) == [set()] * 4
    assert alarms_of_one_document(based_on([1.0, 5.0]), [4.5] * 3) == [set(), set(), {"diverged"}]


def test_leaves_without_a_base_are_left_out() -> None:
    found = based_on([3.0] * 8)
    for seed in range(2):
        found.accept(update(8, seed=seed))
    jump = dearer(update(9, seed=5), [0, 2, 4, 6, 8], 3.0)
    (alarm,) = (alarm for alarm in found.judge(jump) if alarm.kind == "loss")
    assert alarm.value == pytest.approx(9, abs=0.3) and alarm.expected == pytest.approx(3, abs=0.1)
    assert alarm.limit == pytest.approx(3 + 8 * 0.6 / 5**0.5, abs=0.1)
    # Where most targets are of leaves without a base, it says nothing.
    few = update(12, seed=6)
    few.segments.leaf[:8] = 1
    assert found.judge(dearer(few, list(range(12)), 3.0)) == []


def test_held_out_documents_are_read_with_the_leaf_that_mix_gave_them(tmp_path: Path) -> None:
    scores = {"id": ["b", "a", "c"], "nats": [30.0, 20.0, 10.0], "tokens": [10, 8, 5], "bytes": [40, 30, 20]}
    pq.write_table(pa.table({**scores, "unread": [0, 0, 0]}), tmp_path / "scores.parquet")
    leaf_of = tmp_path / "leaf_of"
    leaves.write_shard(leaf_of / "00000.parquet", pa.array(["a", "b", "c"]), np.array([3, 1, 2]))
    leaf, sums = anchor.read(tmp_path / "scores.parquet", leaf_of)
    assert leaf.tolist() == [1, 3, 2] and leaf.dtype == np.int64
    assert sums.tolist() == [[30, 10, 40], [20, 8, 30], [10, 5, 20]] and sums.dtype == np.float64
