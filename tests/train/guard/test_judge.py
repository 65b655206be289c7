"""The guard on made-up updates: what is an alarm, and what is the swing of a few documents."""

import json
from dataclasses import replace

import numpy as np
import pytest
from made_updates import LEAVES, TOKENS, dearer, seasoned, update

from rewarm.recipe import Guard as Settings
from rewarm.train.guard.alarm import Alarm
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


def alarm_of(guard: Guard, evidence: Evidence, kind: str) -> Alarm:
    (alarm,) = (alarm for alarm in guard.judge(evidence) if alarm.kind == kind)
    return alarm


def test_a_loss_is_told_with_what_is_usual_for_its_mix(guard: Guard) -> None:
    many = dearer(update(8, seed=1001), list(range(8)), 1.6)
    alarm = alarm_of(guard, many, "loss")
    assert (alarm.direction, alarm.value, alarm.leaf, alarm.segment) == ("up", many.loss, -1, -1)
    assert alarm.expected == pytest.approx(3, abs=0.1)
    assert alarm.limit == pytest.approx(1.25 * alarm.expected, rel=0.02)
    few = dearer(update(8, seed=1001), list(range(8)), 0.4)
    alarm = alarm_of(guard, few, "loss")
    assert alarm.direction == "down" and alarm.limit == pytest.approx(0.75 * alarm.expected, rel=0.02)


def test_an_update_of_few_documents_may_cost_twice_as_much_more(guard: Guard) -> None:
    """Four parts long enough make a mean; with three the limit is half of the loss, not a quarter."""
    assert "loss" in kinds(guard, dearer(update(4, seed=7), list(range(4)), 1.4))
    assert "loss" not in kinds(guard, dearer(update(3, seed=7), list(range(3)), 1.4))
    assert "loss" in kinds(guard, dearer(update(3, seed=7), list(range(3)), 1.6))


def test_leaves_are_told_per_token_and_per_byte(guard: Guard) -> None:
    many = dearer(update(8, seed=1001), [1, 3, 5, 7], 1.7)
    per_token, per_byte = (alarm for alarm in guard.judge(many) if alarm.kind == "leaf")
    assert per_token.leaf == per_byte.leaf == 1 and per_token.direction == "up"
    assert per_token.value == pytest.approx(5.1, abs=0.2) and per_token.expected == pytest.approx(3, abs=0.1)
    assert per_token.limit == pytest.approx(1.5 * per_token.expected, rel=0.02)
    assert per_byte.value == pytest.approx(per_token.value / 4, rel=0.01)
    # Three documents of a leaf are judged one by one.
    three = dearer(update(7, seed=1001), [1, 3, 5], 1.7)
    assert "leaf" not in kinds(guard, three)


def test_a_norm_is_told_as_a_norm(guard: Guard) -> None:
    for norm, direction in ((1e3, "up"), (1e-4, "down")):
        alarm = alarm_of(guard, replace(update(8, seed=1002), norm=norm), "grad_norm")
        assert (alarm.direction, alarm.value, alarm.leaf) == (direction, pytest.approx(norm), -1)
        assert alarm.expected == pytest.approx(1, rel=0.2)
        ratio = alarm.limit / alarm.expected
        assert ratio == pytest.approx(64 if direction == "up" else 1 / 64)
    assert kinds(guard, replace(update(8, seed=1002), norm=0.0)) == {"grad_norm"}


def test_a_document_is_told_per_token_and_per_byte(guard: Guard) -> None:
    usual = update(8, seed=1003)
    per_token, per_byte = (
        alarm for alarm in guard.judge(dearer(usual, [3], 2.8)) if alarm.kind == "document"
    )
    assert (per_token.leaf, per_token.segment, per_token.direction) == (1, 3, "up")
    assert per_token.value == pytest.approx(8.4, abs=0.4) and per_token.limit == pytest.approx(6, abs=0.2)
    assert per_byte.segment == 3 and per_byte.limit == pytest.approx(0.75 * 2.5, abs=0.05)
    (cheap, _) = (alarm for alarm in guard.judge(dearer(usual, [4], 0.1)) if alarm.kind == "document")
    assert (cheap.leaf, cheap.segment, cheap.direction) == (0, 4, "down")
    assert cheap.limit == pytest.approx(3 / 8, abs=0.02)
    assert "document" not in kinds(guard, dearer(usual, [4], 0.14))


def test_what_is_not_finite_names_its_documents(guard: Guard) -> None:
    sums = update(4, seed=1).sums.copy()
    sums[2, 0] = np.nan
    whole, document = guard.judge(replace(update(4, seed=1), loss=float("inf"), sums=sums))
    assert (whole.kind, whole.value, whole.segment) == ("non_finite", float("inf"), -1)
    assert (document.kind, document.direction, document.leaf, document.segment) == (
        "document", "non_finite", 0, 2,
    )  # fmt: skip
    assert (whole.expected, whole.limit, document.expected, document.limit) == (0, 0, 0, 0)
    (norm,) = guard.judge(replace(update(4, seed=1), norm=float("inf")))
    assert norm.kind == "non_finite" and norm.value == float("inf")


def test_a_guard_that_is_off_refuses_only_what_is_not_finite() -> None:
    guard = Guard(LEAVES, Settings(enabled=False).model_dump())
    guard.enter("adapt")
    for seed in range(40):
        guard.accept(update(8, seed=seed))
    assert guard.judge(dearer(update(8, seed=1), list(range(8)), 9)) == []
    assert kinds(guard, replace(update(8, seed=1), loss=float("nan"))) == {"non_finite"}


def test_short_parts_are_not_judged(guard: Guard) -> None:
    def shortened(tokens: float) -> Evidence:
        evidence = dearer(update(8, seed=1003), [3], 4)
        sums = evidence.sums.copy()
        sums[3] *= tokens / TOKENS
        return replace(evidence, sums=sums)

    assert "document" in kinds(guard, shortened(64)) and kinds(guard, shortened(63)) == set()
    for tokens, found in ((64, {"words"}), (63, set())):
        evidence = shortened(tokens)
        evidence = replace(evidence, sums=dearer(evidence, [3], 0.25).sums)
        words = (*evidence.segments.tokens[:3], evidence.segments.tokens[2], *evidence.segments.tokens[4:])
        assert kinds(guard, replace(evidence, segments=replace(evidence.segments, tokens=words))) == found


def test_words_are_told_with_their_cost(guard: Guard) -> None:
    usual = update(8, seed=1003)
    tokens = list(usual.segments.tokens)
    tokens[2] = tokens[1]
    tokens[5] = np.full(TOKENS, 1042, dtype=np.uint32)
    tokens[5][:20] = np.arange(1100, 1120)
    words, *none = guard.judge(replace(usual, segments=replace(usual.segments, tokens=tuple(tokens))))
    assert none == [] and (words.direction, words.leaf) == ("up", 0)
    assert words.limit == pytest.approx(words.expected + 2.5) and words.value > words.limit
    tokens[5][:19] = 1042
    repeat = guard.judge(replace(usual, segments=replace(usual.segments, tokens=tuple(tokens))))[1]
    assert (repeat.kind, repeat.value, repeat.limit, repeat.leaf) == ("repeat", 0.99, 0.8, 1)
    assert repeat.expected == 0 and repeat.segment == 5


def test_a_stage_begins_a_past_of_its_own(guard: Guard) -> None:
    before = guard.state()
    guard.enter("adapt")
    assert guard.state() == before
    guard.enter("anneal")
    after = guard.state()
    assert after["stage"] == "anneal" and after["documents"] == {"pools": [[]] * 2 * LEAVES, "updates": 0}
    assert np.isnan(np.array(after["windows"])).all()
    assert after["words"] == before["words"] and after["vocabulary"] == before["vocabulary"]
    assert guard.judge(dearer(update(8, seed=1), list(range(8)), 3)) == []


def test_pools_hold_four_windows_of_parts(guard: Guard) -> None:
    state = guard.state()
    for pools, series in ((state["documents"]["pools"], 2 * LEAVES), (state["words"], LEAVES)):
        assert [len(values) for values in pools] == [4 * Settings().window] * series


def test_parts_are_judged_when_enough_are_known() -> None:
    """Twice `warmup` parts of a leaf: eight updates of four."""
    odd = dearer(update(8, seed=1003), [3], 4)
    tokens = (*odd.segments.tokens[:2], odd.segments.tokens[1], *odd.segments.tokens[3:])
    odd = replace(odd, segments=replace(odd.segments, tokens=tokens))
    found = Guard(LEAVES, Settings().model_dump())
    found.enter("adapt")
    for seed in range(8):
        assert kinds(found, odd) == set(), seed
        found.accept(update(8, seed=seed))
    assert kinds(found, odd) >= {"document"}
    for seed in range(8, 40):
        found.accept(update(8, seed=seed))
    assert kinds(found, odd) >= {"document", "words"}


def test_documents_of_a_leaf_that_spreads_may_spread() -> None:
    """Eight deviations are beyond twice the loss."""
    found = Guard(LEAVES, Settings().model_dump())
    found.enter("adapt")
    for seed in range(40):
        seen = update(8, seed=seed)
        found.accept(dearer(dearer(seen, [0, 1, 4, 5], 0.75), [2, 3, 6, 7], 1.25))
    alarms = [
        alarm for alarm in found.judge(dearer(update(8, seed=50), [2], 3.0)) if alarm.kind == "document"
    ]
    assert alarms == []
    (alarm, _) = (one for one in found.judge(dearer(update(8, seed=50), [2], 4.0)) if one.kind == "document")
    assert 9.3 < alarm.limit < 12


def test_a_third_leaf_is_told_by_its_number() -> None:
    leaves = 3
    found = Guard(leaves, Settings().model_dump())
    found.enter("adapt")

    def seen(seed: int) -> Evidence:
        evidence = update(12, seed=seed)
        return replace(evidence, segments=replace(evidence.segments, leaf=np.arange(12) % leaves))

    for seed in range(40):
        found.accept(seen(seed))
    for leaf in range(leaves):
        alarms = found.judge(dearer(seen(99), [at for at in range(12) if at % leaves == leaf], 1.8))
        assert {alarm.leaf for alarm in alarms if alarm.kind == "leaf"} == {leaf}


def test_words_are_judged_when_enough_are_known(guard: Guard) -> None:
    """Twice `warmup` parts of a leaf."""
    usual = update(8, seed=1003)
    tokens = (*usual.segments.tokens[:2], usual.segments.tokens[1], *usual.segments.tokens[3:])
    odd = replace(usual, segments=replace(usual.segments, tokens=tokens))
    state = guard.state()
    for known, found in ((31, set()), (32, {"words"})):
        guard.load({**state, "words": [values[-known:] for values in state["words"]]})
        assert kinds(guard, odd) == found
    guard.load({**state, "words": [[value + 3 for value in values] for values in state["words"]]})
    alarms = [alarm for alarm in guard.judge(usual) if alarm.kind == "words"]
    assert len(alarms) == 8 and {alarm.direction for alarm in alarms} == {"down"}
    assert alarms[0].limit == pytest.approx(alarms[0].expected - 2.5) and alarms[0].value < alarms[0].limit


@pytest.mark.parametrize(("others", "found"), [(4, True), (6, False)])
def test_two_tokens_repeated_are_no_text(guard: Guard, others: int, found: bool) -> None:
    """Also where no past is known: a corpus of nothing else looks normal to itself."""
    for one in (guard, Guard(LEAVES, Settings().model_dump())):
        one.enter("adapt")
        usual = update(4, seed=1005)
        tokens = list(usual.segments.tokens)
        tokens[1] = np.resize(np.array([1001, 1002], dtype=np.uint32), TOKENS)
        tokens[1][:others] = np.arange(1100, 1100 + others)
        alarms = one.judge(replace(usual, segments=replace(usual.segments, tokens=tuple(tokens))))
        assert [(alarm.value, alarm.segment) for alarm in alarms if alarm.kind == "repeat"] == (
            [((TOKENS - others) / TOKENS, 1)] if found else []
        )
