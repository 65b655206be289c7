"""Memory per rank: shards add up, and the cheapest layout that fits is the first."""

import pytest

from rewarm.plan import layouts, memory
from rewarm.plan.layouts import Layout
from rewarm.recipe import Train

MODEL = memory.typical(8_000_000_000)
TOKENS = 4096


def test_states_are_divided_among_shards_and_copies_in_use_are_not() -> None:
    whole = memory.need(MODEL, Train(), TOKENS)
    alone = layouts.per_rank(MODEL, Train(), TOKENS, Layout(1))
    many = layouts.per_rank(MODEL, Train(), TOKENS, Layout(64))
    assert (alone.weights, alone.gradients, alone.moments) == (whole.weights, whole.gradients, whole.moments)
    assert alone.gathered == alone.accumulated == 0 and alone.activations == whole.activations
    assert 64 * many.weights == whole.weights and 64 * many.moments == whole.moments
    layer = (MODEL.parameters - MODEL.tables) / MODEL.layers
    assert many.gathered == pytest.approx(4 * (2 * MODEL.tables + 3 * layer))
    assert many.total == pytest.approx(
        memory.SLACK * (16 * MODEL.parameters / 64 + many.gathered + many.activations) + layouts.RESERVED
    )
    half = layouts.per_rank(MODEL, Train(parallel={"gather_bf16": True}), TOKENS, Layout(64))  # type: ignore[arg-type]
    assert half.gathered == many.gathered / 2
    deferred = layouts.per_rank(MODEL, Train(parallel={"defer_reduction": True}), TOKENS, Layout(64))  # type: ignore[arg-type]
    assert deferred.accumulated == 4 * MODEL.parameters
    replicas = layouts.per_rank(MODEL, Train(), TOKENS, Layout(8, 8))
    assert replicas.weights == whole.weights / 8
    split = layouts.per_rank(MODEL, Train(), TOKENS, Layout(8, tensor=8))
    assert split.weights == whole.weights / 64 and split.gathered == many.gathered / 8
    assert split.activations == pytest.approx(whole.activations * 13 / 34)


def test_layouts_use_all_cards_and_begin_with_the_cheapest() -> None:
    found = list(layouts.layouts(32, 8))
    assert all(layout.ranks == 32 for layout in found) and len(set(found)) == len(found)
    assert found[0] == Layout(1, 32) and found[1] == Layout(8, 4) and found[2] == Layout(32)
    assert list(layouts.layouts(1, 8)) == [Layout(1), Layout(1, recompute=True)]


def test_the_first_that_fits_is_taken() -> None:
    def chosen(room: float) -> Layout | None:
        return layouts.cheapest(MODEL, Train(), TOKENS, 16, 8, room)

    assert chosen(1e12) == Layout(1, 16)
    tight = layouts.per_rank(MODEL, Train(), TOKENS, Layout(16)).total
    assert chosen(tight) == Layout(16)
    recomputed = chosen(tight * 0.9)
    assert recomputed is not None and recomputed.recompute
    assert "activation_checkpointing: true" in recomputed.words()
    assert chosen(1e9) is None
