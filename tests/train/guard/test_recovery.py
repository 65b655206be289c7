"""What follows an alarm: bad data is told from weights that have gone bad, and nothing is lost for these."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_updates import BYTES, LEAVES, TOKENS, dearer, seasoned, update
from shards import identity

from rewarm.corpus.tables.blocks import Update
from rewarm.errors import RewarmError
from rewarm.recipe import Guard as Settings
from rewarm.train.guard.case import Case, Outcome, Suspect
from rewarm.train.guard.decisions import Decisions
from rewarm.train.guard.evidence import Evidence
from rewarm.train.guard.incidents import Incidents, read, row
from rewarm.train.guard.judge import Guard
from rewarm.train.guard.recovery import Recovery, RollBack

SIZE = 8
PLAN = [Update(step, "adapt", step, range(step * SIZE, (step + 1) * SIZE)) for step in range(40)]
ONES = np.ones(LEAVES)


class Made:
    """Gradients of sequences, those in `bad` four times as dear; of all, where the weights are."""

    def __init__(self, bad: set[int] = frozenset(), *, diverged: bool = False) -> None:  # type: ignore[assignment]
        self.bad, self.diverged = bad, diverged

    def of(self, _blocks: Any, numbers: list[int], _weights: np.ndarray) -> Evidence:
        evidence = update(len(numbers), seed=1000 + numbers[0], numbers=numbers)
        worse = [at for at, number in enumerate(numbers) if self.diverged or number in self.bad]
        return dearer(evidence, worse, 4.0)


def recovery(folder: Path, made: Made, **settings: Any) -> Recovery:
    decisions = Decisions(folder / "decisions.json", writes=True)
    incidents = Incidents(folder / "incidents.jsonl", writes=True)
    config = Settings(**settings).model_dump()

    def rates(_stage: str) -> tuple[float, float]:
        return 1e-2, 5e-4

    return Recovery(made, seasoned(), decisions, incidents, {"adapt": None}, config, rates)  # type: ignore[arg-type, dict-item]


def diverging() -> Guard:
    """Twenty updates of a rising loss, on a base of 2 nats a token where updates cost 3."""
    leaf = np.arange(16) % LEAVES
    size = np.full(16, float(TOKENS))
    sums = np.stack([2 * size, size, size * BYTES / TOKENS], axis=1)
    found = Guard(LEAVES, Settings().model_dump(), (leaf, sums))
    found.enter("adapt")
    for seed in range(20):
        seen = update(8, seed=seed)
        found.accept(dearer(seen, list(range(8)), 0.66 + 0.012 * seed))
    for seed in (20, 21):
        found.accept(update(8, seed=seed))
    return found


def test_a_few_bad_documents_go_and_the_rest_is_used(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made({3, 9}))
    for number in (0, 1, 2):
        assert found.gradient(PLAN[number], ONES) is not None
    assert found.decisions.quarantined("adapt") == {3, 9} and not found.state()
    told = read(tmp_path / "incidents.jsonl")
    assert [part["id"] for item in told for part in item["documents"]] == [identity(3), identity(9)]


def test_weights_that_have_gone_bad_are_not_taken_for_data(tmp_path: Path) -> None:
    made = Made(diverged=True)
    found = recovery(tmp_path, made)
    for number in (10, 11, 12):
        assert found.gradient(PLAN[number], ONES) is None
    with pytest.raises(RollBack) as back:
        found.gradient(PLAN[13], ONES)
    suspects = back.value.suspects
    assert [one.update.number for one in suspects] == [10, 11, 12, 13]
    assert found.decisions.quarantined("adapt") == set(range(80, 112))
    made.diverged = False  # The weights of the good checkpoint.
    assert found.try_from_here(suspects, ONES) == "state"
    found.went_back(8, suspects, "state")
    assert found.decisions.quarantined("adapt") == set() and found.decisions.rate_factor(9) == 0.5
    assert found.gradient(PLAN[10], ONES) is not None
    again = Decisions(tmp_path / "decisions.json", writes=False)
    assert again.quarantined("adapt") == set() and again.rollbacks == 1


def test_a_block_of_bad_data_over_several_updates_stays_away(tmp_path: Path) -> None:
    made = Made(set(range(80, 112)))
    found = recovery(tmp_path, made)
    with pytest.raises(RollBack) as back:
        for number in range(10, 14):
            assert found.gradient(PLAN[number], ONES) is None
    assert found.try_from_here(back.value.suspects, ONES) == "data"
    found.went_back(8, back.value.suspects, "data")
    assert found.decisions.quarantined("adapt") == set(range(80, 112)) and found.decisions.rate_factor(9) == 1
    named = {part["id"] for item in read(tmp_path / "incidents.jsonl") for part in item["documents"]}
    assert named == {identity(number) for number in range(80, 112)}
    assert found.gradient(PLAN[14], ONES) is not None


def test_suspects_go_along_with_a_checkpoint(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made(diverged=True))
    for number in (10, 11, 12):
        found.gradient(PLAN[number], ONES)
    state = json.loads(json.dumps(found.state()))
    (tmp_path / "again").mkdir()
    other = recovery(tmp_path / "again", Made(diverged=True))
    other.load(state, PLAN)
    assert other.good([12, 8, 0], 13) == found.good([12, 8, 0], 13) == 0
    with pytest.raises(RollBack) as back:
        other.gradient(PLAN[13], ONES)
    assert [one.update.number for one in back.value.suspects] == [10, 11, 12, 13]


def test_after_its_last_rollback_the_run_stops(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made(diverged=True), max_rollbacks=0, max_skips=0)
    with pytest.raises(RewarmError, match="1 updates in a row are beyond the usual, after 0 roll-backs"):
        found.gradient(PLAN[10], ONES)


def test_the_account_outlives_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "incidents.jsonl"
    one, two = (row(step, "adapt", "skipped", "why", [], None, []) for step in (1, 2))
    account = Incidents(path, writes=True)
    assert account.add(one) and not account.add(one)
    path.write_bytes(path.read_bytes() + b'{"update": 2, "ac')
    again = Incidents(path, writes=True)
    assert not again.add(one) and again.add(two) and again.add({**two, "sequences": [7]})
    assert [item["update"] for item in read(path)] == [1, 2, 2]


def test_divergence_goes_back_at_once_to_before_the_rise(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made())
    found.guard = diverging()
    with pytest.raises(RollBack) as back:
        found.gradient(PLAN[35], ONES)
    assert back.value.diverged and [one.update.number for one in back.value.suspects] == [35]
    assert found.decisions.quarantined("adapt") == set()
    steps = [30, 20, 10, 0]
    assert found.good(steps, 35) == 10 and found.good(steps, 35, sound=True) == 0


def test_the_last_rollback_names_the_rate_and_what_to_set(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made(), max_rollbacks=2)
    found.guard = diverging()
    for _ in range(2):
        with pytest.raises(RollBack) as back:
            found.gradient(PLAN[35], ONES)
        found.went_back(0, back.value.suspects, "state")
    with pytest.raises(
        RewarmError,
        match=r"after 2 roll-backs; 2 of them lowered the learning rate, from 0\.01 to 0\.0025\. The "
        r"learning rate is too high: set schedule\.peak of stage adapt to 0\.0005 or less",
    ):
        found.gradient(PLAN[35], ONES)


def test_a_reaction_that_is_added_comes_in_its_turn(tmp_path: Path) -> None:
    seen: list[set[str]] = []

    def note(case: Case) -> Outcome:
        seen.append({alarm.kind for alarm in case.alarms})
        return Outcome(case.evidence)

    found = recovery(tmp_path, Made({3}))
    found.reactions = (note, *found.reactions)
    assert found.gradient(PLAN[0], ONES) is not None and found.gradient(PLAN[1], ONES) is not None
    assert seen == [{"document", "leaf", "loss"}] and not read(tmp_path / "incidents.jsonl")


def test_chance_is_recomputed_and_forgives_the_suspects(tmp_path: Path) -> None:
    made = Made(diverged=True)
    found = recovery(tmp_path, made)
    for number in (10, 11):
        assert found.gradient(PLAN[number], ONES) is None
    assert len(found.state()) == 2
    plain, calls = made.of, []

    def once(*arguments: Any) -> Evidence:
        calls.append(arguments)
        made.diverged = len(calls) == 1
        return plain(*arguments)

    made.of = once  # type: ignore[method-assign]
    assert found.gradient(PLAN[12], ONES) is not None and len(calls) == 2
    assert found.state() == [] and read(tmp_path / "incidents.jsonl")[-1]["action"] == "recomputed"


def test_a_clean_update_forgives_the_suspects(tmp_path: Path) -> None:
    made = Made(diverged=True)
    found = recovery(tmp_path, made)
    assert found.gradient(PLAN[10], ONES) is None and len(found.state()) == 1
    made.diverged = False
    assert found.gradient(PLAN[11], ONES) is not None and found.state() == []


def test_a_quarantined_update_is_passed_over(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made())
    found.decisions.quarantine("adapt", range(8, 16))
    found.decisions.quarantine("adapt", [16])
    assert found.gradient(PLAN[1], ONES) is None
    evidence = found.gradient(PLAN[2], ONES)
    assert evidence is not None and evidence.segments.sequence.tolist() == list(range(17, 24))


def test_a_good_checkpoint_is_followed_by_updates_without_an_alarm(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made(), good_after=4)
    assert found.good([12, 8, 4, 0], 12) == 8
    assert found.good([12, 8, 4, 0], 11) == 4
    assert found.good([12, 8, 0], 3) == 0
    assert found.good([12, 8], 3) == 8
    assert found.good([], 3) is None
    found.load([[9, [72], [], False]], PLAN)
    assert found.good([12, 8, 4, 0], 12) == 4


def test_sound_goes_back_to_before_the_rise(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made(), good_after=4)
    found.guard = diverging()
    unsound = found.guard.unsound
    assert unsound > 8
    steps = list(range(40, -1, -4))
    assert found.good(steps, 40) == 36
    assert found.good(steps, 40, sound=True) == (40 - unsound - 4) // 4 * 4


def test_a_roll_back_is_recorded_and_counts(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made(), rate_cut=0.25)
    suspects = [Suspect(PLAN[10], [80, 81], [80], True), Suspect(PLAN[11], [88, 89], [88], False)]
    found.decisions.quarantine("adapt", [80, 88])
    found.went_back(8, suspects, "data")
    assert found.decisions.quarantined("adapt") == {80, 88, 89} and found.decisions.rate_cuts == 0
    found.went_back(4, suspects, "state")
    assert found.decisions.quarantined("adapt") == {89}
    assert (found.decisions.rollbacks, found.decisions.rate_cuts) == (2, 1)
    assert [found.decisions.rate_factor(update) for update in (3, 4)] == [1, 0.25]
    told = [(item["update"], item["action"], item["verdict"]) for item in read(tmp_path / "incidents.jsonl")]
    assert told == [
        (10, "went back to update 8", "data"),
        (10, "went back to update 4, rate x 0.25", "state"),
    ]


@pytest.mark.parametrize("cuts, advised, words", [
    (0, 5e-4, "Data caused it: the alarm came back from a good checkpoint too"),
    (1, 5e-4, "set schedule.peak of stage adapt to 0.0005 or less (`auto` takes 0.0005)"),
    (1, 5e-3, "set schedule.peak of stage adapt to 0.0005 or less (`auto` takes 0.005)"),
])  # fmt: skip
def test_the_last_error_names_the_cause(tmp_path: Path, cuts: int, advised: float, words: str) -> None:
    found = recovery(tmp_path, Made(diverged=True), max_rollbacks=1, max_skips=0)
    found.rates = lambda stage: (1e-2, advised)
    with pytest.raises(RollBack):
        found.gradient(PLAN[9], ONES)
    found.load([], PLAN)
    found.decisions.count_rollback()
    for _ in range(cuts):
        found.decisions.cut_rate_again(10, 0.5)
    with pytest.raises(RewarmError) as stopped:
        found.gradient(PLAN[10], ONES)
    assert words in str(stopped.value)
    assert "train: update 10 (adapt): 1 updates in a row" in str(stopped.value)
    assert ("from 0.01 to 0.005" in str(stopped.value)) == bool(cuts)


def test_a_trial_is_judged_in_the_stage_of_its_suspect(tmp_path: Path) -> None:
    found = recovery(tmp_path, Made(diverged=True))
    found.guard.enter("anneal")
    assert found.try_from_here([Suspect(PLAN[10], [80], [], False)], ONES) == "state"
    assert found.guard.state()["stage"] == "adapt"


def test_the_rest_of_a_mostly_quarantined_update_is_used_and_the_update_stays_a_suspect(
    tmp_path: Path,
) -> None:
    subject = recovery(tmp_path, Made(set(range(80, 85))))
    evidence = subject.gradient(PLAN[10], ONES)
    assert evidence is not None and evidence.segments.sequence.tolist() == [85, 86, 87]
    assert subject.state() == [[10, list(range(80, 88)), list(range(80, 85)), True]]


def test_sequences_of_a_suspect_with_bad_data_are_quarantined_with_their_documents(tmp_path: Path) -> None:
    subject = recovery(tmp_path, Made())
    evidence = update(8, seed=1, numbers=range(80, 88))
    subject.went_back(8, [Suspect(PLAN[10], [81, 83], [], False, evidence)], "data")
    assert subject.decisions.quarantined("adapt") == {81, 83}
    quarantined, went_back = read(tmp_path / "incidents.jsonl")
    assert (quarantined["update"], quarantined["action"], quarantined["verdict"]) == (
        10, "quarantined", "data",
    )  # fmt: skip
    assert [part["id"] for part in quarantined["documents"]] == [identity(81), identity(83)]
    assert quarantined["sequences"] == [81, 83] and went_back["action"] == "went back to update 8"
