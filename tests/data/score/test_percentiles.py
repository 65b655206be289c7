"""Ranks within groups."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.score.percentiles import percentiles

ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 2.5, float("nan")]), st.sampled_from(["zh", "en"])), max_size=30
)


@given(ROWS, st.booleans())
def test_a_percentile_is_the_share_of_its_group_below(rows: list[tuple[float, str]], low: bool) -> None:
    values = np.array([value for value, _ in rows])
    groups = np.array([group for _, group in rows], object)
    found = percentiles(values, groups, low)
    for place, (value, group) in enumerate(rows):
        mine = [other for other, theirs in rows if theirs == group and other == other]
        if value != value:
            assert np.isnan(found[place])
            continue
        worse = sum(other > value if low else other < value for other in mine)
        assert np.isclose(found[place], (worse + sum(other == value for other in mine) / 2) / len(mine))
