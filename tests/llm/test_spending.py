"""The journal: what it counts, in any order, cut anywhere."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.llm.spending import BudgetReached, Spending
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
    import threading

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
