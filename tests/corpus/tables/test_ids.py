"""IDs to bytes and back, and ranks that hang on nothing but ID, key and use."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus.tables import documents, ids
from rewarm.errors import RewarmError

KNOWN = [documents.document_id("law", str(number)) for number in range(4000)]


@given(st.lists(st.binary(min_size=10, max_size=10), max_size=9), st.integers(0, 9))
def test_digits_and_bytes_are_the_same_ids(raw: list[bytes], cut: int) -> None:
    text = [one.hex() for one in raw]
    found = ids.of_digits(text)
    assert ids.digits(found) == text and found.dtype == ids.TYPE
    halves = pa.chunked_array([pa.array(text[:cut], pa.string()), pa.array(text[cut:], pa.string())])
    assert ids.of_digits(halves).tolist() == found.tolist()
    assert ids.of_column(ids.column(found)[cut:]).tolist() == raw[cut:]
    assert ids.sortable(found).argsort(kind="stable").tolist() == sorted(
        range(len(raw)), key=text.__getitem__
    )


@pytest.mark.parametrize("wrong", ["", "0" * 19, "0" * 21, "g" * 20, None])
def test_what_is_no_id_is_named(wrong: str | None) -> None:
    with pytest.raises(RewarmError, match="is not a document ID; one has 20 hex digits"):
        ids.of_digits(pa.array([KNOWN[0], wrong]))


def test_ranks_hang_on_id_key_and_use_alone() -> None:
    known = ids.of_digits(KNOWN)
    whole = ids.ranks(known, "mix", 7, 0)
    assert (ids.ranks(known[::-1], "mix", 7, 0)[::-1] == whole).all()
    assert (ids.ranks(known[5:9], "mix", 7, 0) == whole[5:9]).all()
    for other in (("mix", 8, 0), ("mix", 7, 1), ("order", 7, 0)):
        assert (ids.ranks(known, *other) != whole).all()
    uses = [ids.ranks(known, "mix", 7, 0, repeat=np.full(len(known), use)) for use in range(3)]
    assert (uses[0] == whole).all() and (uses[1] != uses[2]).all()


def test_ranks_are_as_good_as_random() -> None:
    """Evenly spread, and the orders of two keys have nothing to do with each other, for neighbouring IDs
    too."""
    near = ids.of_digits([f"{number:020x}" for number in range(20_000)])
    for known in (ids.of_digits(KNOWN), near):
        one, two = (ids.ranks(known, "order", seed) / 2**64 for seed in (1, 2))
        for ranks in (one, two):
            counts = np.histogram(ranks, bins=20, range=(0, 1))[0]
            expected = len(known) / 20
            assert ((counts - expected) ** 2 / expected).sum() < 45  # 19 degrees of freedom: 1 in 1,400
        assert abs(np.corrcoef(one, two)[0, 1]) < 4 / len(known) ** 0.5
        assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 4 / len(known) ** 0.5
