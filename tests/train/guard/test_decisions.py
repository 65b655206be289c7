"""What is decided holds from its update on, is on disk at once, and comes back."""

from pathlib import Path

from rewarm.train.guard.decisions import Decisions


def test_factors_hold_from_their_update_on_and_multiply(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path / "decisions.json", writes=True)
    assert decisions.rate_factor(0) == decisions.retained_factor(0) == 1
    decisions.cut_rate(8, 0.5)
    decisions.raise_retained(9, 1.5)
    assert [decisions.rate_factor(update) for update in (7, 8, 9)] == [1, 0.5, 0.5]
    assert [decisions.retained_factor(update) for update in (8, 9)] == [1, 1.5]
    decisions.cut_rate(8, 0.5)
    assert decisions.rate_factor(8) == 0.5 and decisions.rate_cuts == 0
    decisions.cut_rate_again(8, 0.5)
    decisions.cut_rate_again(20, 0.1)
    decisions.raise_retained(20, 2)
    assert decisions.rate_factor(8) == 0.25 and decisions.rate_factor(20) == 0.025
    assert decisions.rate_cuts == 2
    again = Decisions(tmp_path / "decisions.json", writes=False)
    assert again.rate_factor(20) == 0.025 and again.retained_factor(20) == 3 and again.rate_cuts == 2


def test_sequences_are_quarantined_by_stage_and_released(tmp_path: Path) -> None:
    path = tmp_path / "decisions.json"
    decisions = Decisions(path, writes=True)
    decisions.quarantine("adapt", [3, 1])
    decisions.quarantine("adapt", [2])
    decisions.quarantine("anneal", [7])
    decisions.release("adapt", [1, 9])
    for known in (decisions, Decisions(path, writes=False)):
        assert known.quarantined("adapt") == {2, 3} and known.quarantined("anneal") == {7}
        assert known.quarantined("other") == set()


def test_a_stop_lasts_until_the_user_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "decisions.json"
    decisions = Decisions(path, writes=True)
    decisions.count_rollback()
    decisions.stop("why")
    read = Decisions(path, writes=True)
    assert (read.stopped, read.rollbacks) == ("why", 1)
    read.go_on()
    assert (read.stopped, read.rollbacks) == ("", 0)
    read = Decisions(path, writes=True)
    assert (read.stopped, read.rollbacks) == ("", 0)
    read.count_rollback()
    read.go_on()
    assert Decisions(path, writes=False).rollbacks == 0


def test_another_rank_decides_the_same_and_writes_nothing(tmp_path: Path) -> None:
    decisions = Decisions(tmp_path / "decisions.json", writes=False)
    decisions.cut_rate(0, 0.5)
    decisions.quarantine("adapt", [1])
    assert decisions.rate_factor(0) == 0.5 and not list(tmp_path.iterdir())
