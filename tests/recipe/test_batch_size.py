"""The batch grows with the budget, from one sequence to what pre-training uses."""

from hypothesis import given
from hypothesis import strategies as st

from rewarm.recipe.batch_size import MOST, UPDATES, batch_tokens


@given(st.integers(1, 10**14), st.integers(8, 131072))
def test_bounds(budget: int, longest: int) -> None:
    size, why = batch_tokens(budget, longest)
    assert size % longest == 0 and size <= max(MOST, longest)
    assert budget // size >= UPDATES or size == longest
    assert batch_tokens(budget * 2, longest)[0] >= size
    assert why


def test_words() -> None:
    assert batch_tokens(10**12, 4096) == (4_194_304, "near the 4,194,304 of pre-training")
    assert batch_tokens(60_000, 512) == (512, "one sequence; 60,000 tokens make only 117 updates of it")
    size, why = batch_tokens(2 * 10**9, 2048)
    assert size == 2_097_152 and why == "2,000,000,000 tokens in 953 updates, at least 500"
