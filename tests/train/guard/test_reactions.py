"""Each reaction alone: what it computes, records and decides; and the table, to which one is added."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from made_updates import update

from rewarm.corpus.tables.blocks import Update
from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.case import Case, Outcome
from rewarm.train.guard.decisions import Decisions
from rewarm.train.guard.evidence import Evidence
from rewarm.train.guard.reactions import (
    REACTIONS,
    go_back_if_diverged,
    quarantine_culprits,
    recompute,
    skip,
)  # fmt: skip

LOSS, NORM = Alarm("loss", "up", 4, 2, 3), Alarm("grad_norm", "up", 99, 1, 64)


def document(segment: int) -> Alarm:
    return Alarm("document", "up", 9, 2, 4, 0, segment)


@dataclass
class World:
    """Sequences 10, 11, …, one segment each; `alarms` judges, given the sequences that were computed."""

    decisions: Decisions
    alarms: Callable[[list[int]], list[Alarm]]
    norms: dict[int, float] = field(default_factory=dict)
    computed: list[list[int]] = field(default_factory=list)
    records: list[tuple[Any, ...]] = field(default_factory=list)

    def gradient(self, numbers: Sequence[int]) -> Evidence:
        self.computed.append(list(numbers))
        evidence = update(len(numbers), seed=0, numbers=numbers)
        return replace(evidence, norm=max(self.norms.get(number, 1.0) for number in numbers))

    def case(self, sequences: int, alarms: list[Alarm]) -> Case:
        tried = list(range(10, 10 + sequences))
        return Case(
            Update(5, "adapt", 5, range(10, 10 + sequences)), tried, self.gradient(tried), alarms,
            {"norm_factor": 64}, self.decisions, self.gradient,
            lambda evidence: self.alarms(evidence.segments.sequence.tolist()), self.record,
        )  # fmt: skip

    def record(
        self, at: Update, action: str, verdict: str, alarms: list[Alarm], evidence: Evidence, culprits: Any
    ) -> None:
        named = [int(evidence.segments.sequence[segment]) for segment in culprits]
        self.records.append((at.number, action, verdict, [alarm.kind for alarm in alarms], named))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(Decisions(tmp_path / "decisions.json", writes=True), lambda _: [])


def test_the_same_gradient_without_an_alarm_is_used(world: World) -> None:
    case = world.case(4, [LOSS])
    first = case.evidence
    outcome = recompute(case)
    assert outcome == Outcome(case.evidence) and case.evidence is not first
    assert world.computed == [[10, 11, 12, 13]] * 2
    assert world.records == [(5, "recomputed", "chance or hardware", ["loss"], [])]


def test_the_same_gradient_with_an_alarm_goes_to_the_next_reaction(world: World) -> None:
    world.alarms = lambda _: [NORM]
    case = world.case(4, [LOSS])
    assert recompute(case) is None and case.alarms == [NORM] and world.records == []


def test_diverged_weights_go_back_at_once(world: World) -> None:
    assert go_back_if_diverged(world.case(4, [LOSS])) is None
    case = world.case(4, [LOSS, Alarm("diverged", "up", 5.43219, 2.1, 3)])
    outcome = go_back_if_diverged(case)
    assert outcome is not None and outcome.evidence is None
    assert outcome.roll_back == "the loss is 5.432 nats per token and was 2.1"
    assert outcome.suspect is not None and not outcome.suspect.clean
    assert outcome.suspect.tried == [10, 11, 12, 13] and outcome.suspect.away == []
    assert world.records == [(5, "going back", "the weights have diverged", ["loss", "diverged"], [])]


def test_documents_that_cause_the_alarm_are_quarantined_and_the_rest_is_used(world: World) -> None:
    case = world.case(4, [LOSS, document(2), document(1), document(2)])
    outcome = quarantine_culprits(case)
    assert outcome is not None and outcome.evidence is case.evidence and outcome.suspect is None
    assert world.computed[-1] == [10, 13] and world.decisions.quarantined("adapt") == {11, 12}
    assert world.records == [
        (5, "quarantined", "data", ["loss", "document", "document", "document"], [11, 12])
    ]


def test_an_update_that_is_mostly_quarantined_is_a_suspect_and_is_used(world: World) -> None:
    outcome = quarantine_culprits(world.case(4, [document(at) for at in (0, 1, 3)]))
    assert outcome is not None and outcome.evidence is not None and outcome.suspect is not None
    assert outcome.suspect.clean and outcome.suspect.away == [10, 11, 13]
    assert outcome.suspect.tried == [10, 11, 12, 13] and outcome.suspect.update.number == 5


def test_an_update_that_is_quarantined_whole_is_skipped(world: World) -> None:
    outcome = quarantine_culprits(world.case(2, [document(0), document(1)]))
    assert outcome is not None and outcome.evidence is None and outcome.suspect is not None
    assert outcome.suspect.clean and outcome.suspect.away == [10, 11] and len(world.computed) == 1


def test_what_is_left_is_judged_again_and_four_times_at_most(world: World) -> None:
    world.alarms = lambda numbers: [document(0)]
    case = world.case(8, [document(0)])
    assert quarantine_culprits(case) is None
    assert case.away == world.decisions.quarantined("adapt") == {10, 11, 12, 13}
    assert case.sequences == [14, 15, 16, 17]
    world.alarms = lambda numbers: [document(0)] if 14 in numbers else []
    outcome = quarantine_culprits(case)
    assert outcome is not None and outcome.suspect is not None and world.computed[-1] == [15, 16, 17]


@pytest.mark.parametrize(
    "norms, culprits",
    [
        ({11: 65.0}, [11]),
        ({11: 64.0}, []),
        ({11: nan, 13: inf}, [11, 13]),
        ({10: nan, 11: nan, 12: nan, 13: nan}, []),
        ({10: 0.0, 11: 0.0, 12: 0.0, 13: 1.0}, [13]),
    ],
)
@pytest.mark.parametrize("kind", ["grad_norm", "non_finite"])
def test_without_a_document_sequences_are_told_by_their_gradients(
    world: World, norms: dict[int, float], culprits: list[int], kind: str
) -> None:
    world.norms = norms
    outcome = quarantine_culprits(world.case(4, [replace(NORM, kind=kind), LOSS]))
    assert world.computed[1:5] == [[10], [11], [12], [13]]
    assert world.decisions.quarantined("adapt") == set(culprits)
    assert (outcome is None) == (not culprits)
    if culprits:
        assert world.computed[-1] == [number for number in (10, 11, 12, 13) if number not in culprits]
        assert world.records[0][4] == culprits


def test_gradients_say_nothing_of_other_alarms_or_of_one_sequence(world: World) -> None:
    world.norms = {10: 1e6}
    assert quarantine_culprits(world.case(4, [LOSS])) is None
    assert quarantine_culprits(world.case(1, [NORM])) is None
    assert world.computed == [[10, 11, 12, 13], [10]] and world.records == []
    two = world.case(2, [NORM])
    assert quarantine_culprits(two) is None and world.computed[-2:] == [[10], [11]]


def test_skipping_settles_every_case(world: World) -> None:
    case = world.case(4, [LOSS])
    case.away.add(12)
    outcome = skip(case)
    assert outcome.evidence is None and outcome.suspect is not None and not outcome.roll_back
    assert (outcome.suspect.clean, outcome.suspect.away) == (False, [12])
    assert outcome.suspect.evidence is case.evidence
    assert world.records == [(5, "skipped", "not explained by any document", ["loss"], [])]


def test_the_mildest_reaction_comes_first() -> None:
    assert (recompute, go_back_if_diverged, quarantine_culprits, skip) == REACTIONS
