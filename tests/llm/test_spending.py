"""The journal: what it counts, in any order, cut anywhere."""

import fcntl
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.llm.spending import BudgetReached, Spending, price
from rewarm.recipe.llm import Budget, Prices

_FREE = Budget(requests=None)
_PRICES = Prices(input=1, output=2)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900), st.sampled_from(["done", "leave", "die"])))
)
def test_the_sum_is_what_was_used_and_the_most_of_what_nobody_knows(
    tmp_path_factory: pytest.TempPathFactory, attempts: list[tuple[int, int, str]]
) -> None:
    path = tmp_path_factory.mktemp("spent") / "spent.jsonl"
    spending = Spending(path, _FREE, _PRICES)
    tokens = 0
    for given_in, given_out, end in attempts:
        name = spending.reserve(1000, 1000)
        if end == "done":
            spending.settle(name, given_in, given_out)
        elif end == "leave":
            spending.leave(name)
        tokens += given_in + given_out if end == "done" else 2000
    for one in (spending, Spending(path, _FREE, _PRICES)):
        assert one.so_far().requests == len(attempts) and one.so_far().tokens == tokens


def test_a_cut_line_counts_as_what_is_known_without_it(tmp_path: Path) -> None:
    path = tmp_path / "spent.jsonl"
    spending = Spending(path, _FREE, _PRICES)
    spending.settle(spending.reserve(100, 100), 10, 10)
    whole = path.read_bytes()
    for size in range(len(whole) - 1):
        path.write_bytes(whole[:size])
        again = Spending(path, _FREE, _PRICES)
        first = whole.index(b"\n")
        assert again.so_far().tokens == (0 if size <= first else 200)
        again.settle(again.reserve(1, 1), 1, 1)
        # A line that lacks only its end may have been sent.
        assert Spending(path, _FREE, _PRICES).so_far().tokens == (2 if size < first else 202)


def test_near_a_limit_it_waits_for_what_may_leave_room(tmp_path: Path) -> None:
    spending = Spending(tmp_path / "spent.jsonl", Budget(requests=None, tokens=250), _PRICES)
    first = spending.reserve(100, 100)
    threading.Timer(0.2, lambda: spending.settle(first, 10, 10)).start()
    spending.leave(spending.reserve(100, 100))
    with pytest.raises(BudgetReached, match="so far 2 requests, 220 tokens"):
        spending.reserve(100, 100)


def test_costs_add_up_exactly(tmp_path: Path) -> None:
    """0.1 + 0.2 is above 0.3 in floats."""
    spending = Spending(tmp_path / "s.jsonl", Budget(requests=None, cost=0.3), Prices(input=100_000))
    spending.settle(spending.reserve(1, 0), 1, 0)
    spending.settle(spending.reserve(2, 0), 2, 0)
    assert spending.so_far().cost == 0.3


def test_a_single_cheap_token_is_not_rounded_away() -> None:
    assert price(1, 0, Prices(input=0.4)).cost == 4e-7
    assert price(3, 5, Prices(input=0.4, output=1.2)).cost == 7.2e-6


def test_the_journal_is_private_and_its_folder_is_created(tmp_path: Path) -> None:
    path = tmp_path / "run" / "llm" / "spent.jsonl"
    Spending(path, _FREE, _PRICES).reserve(1, 1)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_reservation_waits_while_another_process_holds_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "spent.jsonl"
    spending = Spending(path, _FREE, _PRICES)
    reserving = threading.Thread(target=spending.reserve, args=(1, 1))
    with path.open("wb") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)
        reserving.start()
        reserving.join(0.3)
        assert reserving.is_alive() and not path.stat().st_size
    reserving.join(30)
    assert not reserving.is_alive() and path.stat().st_size


@pytest.mark.parametrize("how", ["settle", "leave"])
def test_a_waiting_reservation_is_woken_when_an_attempt_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    spending = Spending(tmp_path / "spent.jsonl", Budget(requests=1), _PRICES)
    first = spending.reserve(100, 100)
    woken, wait = [], spending._changed.wait

    def long(timeout: float) -> bool:
        threading.Timer(0.1, end).start()
        woken.append(wait(30 * timeout))
        return woken[-1]

    def end() -> None:
        spending.settle(first, 10, 10) if how == "settle" else spending.leave(first)

    monkeypatch.setattr(spending._changed, "wait", long)
    with pytest.raises(BudgetReached, match="next attempt could exceed 1; so far 1 "):
        spending.reserve(100, 100)
    assert woken == [True]


def test_the_journal_has_one_line_per_event_and_ignores_unknown_and_repeated_answers(tmp_path: Path) -> None:
    path = tmp_path / "spent.jsonl"
    path.write_text('{"done": "unknown", "used": [1, 5, 5, 0]}\n')
    spending = Spending(path, _FREE, _PRICES)
    assert spending.so_far().tokens == 0
    name = spending.reserve(100, 100)
    spending.settle(name, 10, 10)
    spending.settle(name, 10, 10)
    assert spending.so_far().tokens == 20
    assert [bool(line) for line in path.read_text().split("\n")] == [True] * 4 + [False]


def test_a_second_process_sees_what_the_first_reserved(tmp_path: Path) -> None:
    one, other = (Spending(tmp_path / "spent.jsonl", Budget(requests=1), _PRICES) for _ in range(2))
    one.reserve(1, 1)
    with pytest.raises(BudgetReached):
        other.reserve(1, 1)


def test_a_reservation_is_on_disk_before_the_request_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)
    spending = Spending(tmp_path / "spent.jsonl", _FREE, _PRICES)
    name = spending.reserve(1, 1)
    assert len(synced) == 1
    spending.settle(name, 1, 1)
    assert len(synced) == 1
