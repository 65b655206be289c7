"""Only orders that an author might as well have chosen are compared."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_items import made

from rewarm.evaluate.leaks import plan
from rewarm.evaluate.leaks.orders import exchangeable
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import ENGLISH


@given(st.integers(0, 200), st.integers(1, 5))
def test_the_published_order_is_first_and_the_right_option_keeps_its_place(seed: int, most: int) -> None:
    (item,) = made(1, seed)
    found = exchangeable(item, most, np.random.default_rng(0))
    if found:
        assert found[0] == (0, 1, 2, 3) and 2 <= len(found) <= most + 1 and len(set(found)) == len(found)
        assert all(order[item.gold[0]] == item.gold[0] and sorted(order) == [0, 1, 2, 3] for order in found)


@pytest.mark.parametrize(
    "options",
    [
        ("yes", "no"),
        ("cat", "ox", "All of the above", "tin"),
        ("cat", "ox", "both A and B", "tin"),
        ("房屋", "汽车", "以上都是", "股票"),
        ("3 metres", "12 m", "40 m", "7,000 m"),
        ("ant", "bee", "cow", "dog"),
        ("a very long one", "a long one", "two", "x"),
    ],
)
def test_items_whose_order_means_something_have_no_partner(options: tuple[str, ...]) -> None:
    assert exchangeable(Item("1", "Which?", options, (0,)), 5, np.random.default_rng(0)) == []


def test_a_sorted_order_is_not_among_the_others() -> None:
    item = Item("1", "How far?", ("40 metres", "12 m", "500 m", "3,000 m"), (3,))
    found = exchangeable(item, 5, np.random.default_rng(0))
    assert found[0] == (0, 1, 2, 3) and (1, 0, 2, 3) not in found and len(found) > 1


def test_a_template_without_options_has_no_orders() -> None:
    found = plan.plan(made(3, 0), replace(ENGLISH, letters="{context}{question}\nAnswer:"))
    assert found.orders == [[], [], []]


def test_equal_options_have_no_orders() -> None:
    item = Item("1", "Which?", ("cat", "tin", "tin", "oxen"), (0,))
    assert exchangeable(item, 5, np.random.default_rng(0)) == []


def test_multiple_select_items_have_no_other_order() -> None:
    item = replace(made(1, 0)[0], multiple=True, gold=(0, 1))
    assert exchangeable(item, 5, np.random.default_rng(0)) == []


@given(st.integers(0, 50))
def test_requests_share_the_question_and_differ_in_the_options(seed: int) -> None:
    items = made(3, seed)
    found = plan.plan(items, ENGLISH, seed=seed)
    for item, requests in zip(items, found.orders, strict=True):
        assert len({request.context for request in requests}) <= 1
        for request in requests:
            assert item.question in request.context and request.continuation.startswith("A. ")
            assert all(option in request.continuation for option in item.options)
            assert sorted(request.continuation) == sorted(requests[0].continuation)
