"""Each reform keeps the right answer right, changes what it says it changes, and maps back to its item."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.errors import RewarmError
from rewarm.evaluate.reform import (
    more_options,
    none_of_others,
    option_names,
    order,
    plan,
    retrieval,
    to_multiple,
)
from rewarm.evaluate.score.task_scores import Asked
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import CHINESE, ENGLISH, question, requests


@st.composite
def items(draw: st.DrawFn, least: int = 2, most: int = 5) -> Item:
    options = draw(
        st.lists(st.text("abcdef", min_size=1, max_size=8), min_size=least, max_size=most, unique=True)
    )
    gold = draw(st.integers(0, len(options) - 1))
    return Item("7", "Which one?", tuple(options), (gold,), group="g")


def asked(*found: Item) -> Asked:
    return Asked(found, ENGLISH, "letters")


@given(items(), st.integers(0, 99))
def test_orders_keep_options_and_right_answer(item: Item, seed: int) -> None:
    for reform in (order.cyclic(asked(item)), order.shuffled(asked(item), 3, np.random.default_rng(seed))):
        for variant in reform.variants:
            (other,) = variant.asked.items
            assert variant.originals == (0,)
            assert sorted(other.options) == sorted(item.options) and other.options != item.options
            assert other.options[other.gold[0]] == item.options[item.gold[0]]


@given(items())
def test_cyclic_orders_put_the_right_option_everywhere_once(item: Item) -> None:
    variants = order.cyclic(asked(item)).variants
    places = [variant.asked.items[0].gold[0] for variant in variants]
    assert sorted([*places, item.gold[0]]) == list(range(len(item.options)))


def test_options_are_named_by_digits_and_chinese_numerals() -> None:
    item = Item("1", "Which one?", ("x", "y"), (1,))
    for name, ids in (("digits", "12"), ("chinese_numerals", "一二")):
        (variant,) = option_names.renamed(asked(item), name).variants
        found = requests(variant.asked.items, variant.asked.prompt, "letters")
        assert [request.continuation.strip() for request in found] == list(ids)
        assert f"{ids[1]}. y" in found[0].context and "A. x" not in found[0].context


def test_an_item_with_more_options_than_names_is_left_out() -> None:
    many = Item("1", "Which one?", tuple(f"o{number}" for number in range(10)), (0,))
    few = replace(asked(many, Item("2", "Which one?", ("x", "y"), (0,))), shots=[many])
    reform = option_names.renamed(few, "digits")
    assert reform.variants[0].originals == (1,) and reform.left_out == 1
    assert not reform.variants[0].asked.shots


@given(items(least=3), st.integers(0, 99))
def test_none_of_others_replaces_the_right_option_and_the_control_a_wrong_one(item: Item, seed: int) -> None:
    right = item.options[item.gold[0]]
    (variant,) = none_of_others.gold_replaced(asked(item), np.random.default_rng(seed)).variants
    (changed,) = variant.asked.items
    assert changed.options[changed.gold[0]] == none_of_others.ENGLISH and right not in changed.options
    (variant,) = none_of_others.distractor_replaced(asked(item), np.random.default_rng(seed)).variants
    (control,) = variant.asked.items
    assert control.options[control.gold[0]] == right and none_of_others.ENGLISH in control.options
    assert len(control.options) == len(changed.options) == len(item.options)


def test_none_of_others_speaks_the_language_of_the_question() -> None:
    item = Item("1", "下列哪一项属于不动产？", ("房屋", "汽车", "股票"), (0,))
    (variant,) = none_of_others.gold_replaced(
        Asked([item], CHINESE, "letters"), np.random.default_rng(0)
    ).variants
    assert none_of_others.CHINESE in variant.asked.items[0].options


def test_two_options_have_no_other_options() -> None:
    reform = none_of_others.gold_replaced(asked(Item("1", "?", ("x", "y"), (0,))), np.random.default_rng(0))
    assert not reform.variants and "three options" in reform.reason


@given(st.integers(0, 99))
def test_more_options_come_from_the_group_and_none_resembles_the_right_one(seed: int) -> None:
    own = Item("1", "Which gas?", ("carbon dioxide", "iron"), (0,), group="chemistry")
    others = [
        Item("2", "?", ("carbon  Dioxide.", "zinc", "gold"), (2,), group="chemistry"),
        Item("3", "?", ("the carbon dioxide", "tin", "lead"), (2,), group="chemistry"),
        Item("4", "?", ("Rome", "Paris", "Lima"), (0,), group="geography"),
    ]
    (variant,) = more_options.enlarged(asked(own, *others), 2, np.random.default_rng(seed)).variants
    (found,) = [
        item for item, original in zip(variant.asked.items, variant.originals, strict=True) if not original
    ]
    assert found.options[found.gold[0]] == "carbon dioxide"
    assert sorted(set(found.options) - {"carbon dioxide", "iron"}) == ["tin", "zinc"]
    assert [option for option in found.options if option in own.options] == list(own.options)


def test_items_without_enough_borrowed_options_are_left_out() -> None:
    reform = more_options.enlarged(asked(Item("1", "?", ("x", "y"), (0,))), 4, np.random.default_rng(0))
    assert not reform.variants and reform.left_out == 1


def test_multiple_select_asks_for_all_right_options_over_all_sets() -> None:
    item = Item("1", "Which one?", ("x", "y", "z"), (1,))
    (variant,) = to_multiple.as_multiple(replace(asked(item), shots=[item])).variants
    found = requests(variant.asked.items, variant.asked.prompt, "letters", variant.asked.shots)
    assert len(found) == 7 and "One or more of the options are right" in found[0].context
    assert variant.asked.items[0].chance == pytest.approx(1 / 7)
    assert all(shot.multiple for shot in variant.asked.shots)


@given(items(), st.integers(0, 99))
def test_retrieval_lists_each_option_as_a_passage_and_asks_freely(item: Item, seed: int) -> None:
    (variant,) = retrieval.retrieval(asked(item), "generation", np.random.default_rng(seed)).variants
    (shown,) = variant.asked.items
    assert not shown.options and variant.matched == (item,)
    text = question(shown, variant.asked.prompt, "cloze")
    assert all(f"Which one? {option}" in text.splitlines() for option in item.options)
    assert text.endswith("Question: Which one?\nAnswer:")


def test_cloze_tasks_keep_only_reforms_that_do_not_need_the_list() -> None:
    item = Item("1", "Which one?", ("x", "y", "z"), (1,))
    found = plan.plan(Asked([item], ENGLISH, "cloze"))
    assert [reform.name for reform in found.reforms if reform.variants] == ["retrieval_likelihood"]
    assert all("letters form" in reform.reason for reform in found.reforms if not reform.variants)


def test_a_plan_is_the_same_for_the_same_seed_whatever_else_is_asked() -> None:
    found = [Item(str(number), "Which?", ("p", "q", "r", f"s{number}"), (number % 4,)) for number in range(9)]
    alone = plan.plan(asked(*found), ["shuffled_order"], seed=3)
    among = plan.plan(asked(*found), ["digits", "shuffled_order"], seed=3)
    assert alone.reforms[0] == among.reforms[0]
    assert plan.plan(asked(*found), ["shuffled_order"], seed=4).reforms[0] != alone.reforms[0]


def test_unknown_reform_and_missing_client_are_named() -> None:
    with pytest.raises(RewarmError, match="'shufled' is not one of shuffled_order"):
        plan.plan(asked(), ["shufled"])
    with pytest.raises(RewarmError, match="'paraphrase' needs a language model"):
        plan.plan(asked(), ["paraphrase"])
