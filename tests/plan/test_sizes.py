"""Three of four numbers give the fourth, and what cards can serve."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.errors import RewarmError
from rewarm.plan import accelerators, compute, inference, memory
from rewarm.plan.four import Four, solve

H100 = accelerators.find("h100")


@given(
    parameters=st.floats(1e8, 4e11), tokens=st.floats(1e8, 1e13), cards=st.floats(1, 10_000),
    seq_len=st.integers(512, 32_768),
)  # fmt: skip
def test_any_three_give_the_fourth(parameters: float, tokens: float, cards: float, seq_len: int) -> None:
    whole = solve(Four(parameters, tokens, cards, None), H100, seq_len)
    assert whole.days is not None and whole.days > 0
    assert solve(replace(whole, tokens=None), H100, seq_len).tokens == pytest.approx(tokens)
    assert solve(replace(whole, cards=None), H100, seq_len).cards == pytest.approx(cards)
    # Layers are whole numbers, and larger models do not share their tables: another size may fit as well.
    found = solve(replace(whole, parameters=None), H100, seq_len)
    assert solve(replace(found, days=None), H100, seq_len).days == pytest.approx(whole.days, rel=0.1)


def test_days_follow_from_operations() -> None:
    model = memory.typical(7_000_000_000)
    once = compute.work(model, 4096)
    weights = 7e9 - 128_000 * model.width
    assert once.model == once.done == pytest.approx(6 * weights + 6 * model.layers * model.width * 4096)
    assert compute.work(model, 4096, "full").done == pytest.approx(once.model * 4 / 3)
    found = solve(Four(7e9, 1e9, 1, None), H100)
    assert found.days == pytest.approx(1e9 * once.done / (989e12 * H100.efficiency) / 86400)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Four(1e9, 1e9, 1, 1), "nothing is missing"),
        (Four(1e9, None, None, 1), "tokens, cards is missing"),
        (Four(1e9, 0, 1, None), "tokens 0 is not positive"),
        (Four(None, 1e18, 1, 0.001), "no model is trained"),
    ],
)
def test_what_cannot_be_solved_is_said(asked: Four, said: str) -> None:
    with pytest.raises(RewarmError, match=said):
        solve(asked, H100)


def test_thirty_billion_fill_one_card_of_80_gb_and_seventy_two() -> None:
    one = inference.largest(H100, 1, 8192, 4)
    two = inference.largest(H100, 2, 8192, 4)
    assert 27e9 < one.parameters < 36e9 and 60e9 < two.parameters < 76e9
    assert one.recommended < one.parameters and one.recommended in inference.SIZES
    assert one.weights + one.cache == pytest.approx(one.room, rel=1e-6)
    assert inference.largest(H100, 1, 8192, 4, "int4").parameters > 2 * one.parameters


def test_a_cache_that_fills_the_card_serves_nothing() -> None:
    found = inference.largest(accelerators.find("rtx-3090"), 1, 10_000_000, 100_000)
    assert found.parameters == 0 and found.cache > found.room


def test_every_accelerator_has_a_source_and_an_unknown_one_is_named() -> None:
    names = [one.name for one in accelerators.table()]
    assert len(set(names)) == len(names) and {"a100", "h100", "h200", "a800", "h20", "ascend-910b"} <= set(
        names
    )
    with pytest.raises(RewarmError, match="'h1' is not one of a100, "):
        accelerators.find("h1")
