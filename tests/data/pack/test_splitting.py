"""Cuts of long documents: behind a paragraph, line or sentence, and never inside a character."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.pack.splitting import KINDS, cuts
from rewarm.data.tokenize.token_breaks import breaks

# Single bytes, as a byte-level tokenizer has for rare characters.
BYTES = breaks([bytes([byte]) for byte in range(256)])


def parts(text: str, seq_len: int, slack: int) -> tuple[list[str], list[str]]:
    tokens = np.frombuffer(text.encode(), np.uint8).astype(np.uint32)
    found, kinds = cuts(tokens, BYTES, seq_len, slack)
    edges = [0, *found.tolist(), len(tokens)]
    pieces = [tokens[a:b].astype(np.uint8).tobytes() for a, b in pairwise(edges)]
    return [piece.decode() for piece in pieces], [KINDS[kind] for kind in kinds]


@given(
    st.text(alphabet="a 。.\n合é🙂", min_size=50, max_size=300),
    st.integers(8, 40),
    st.sampled_from([2, 4, 8]),
)
def test_parts_fit_and_no_character_is_cut(text: str, seq_len: int, slack: int) -> None:
    if len(text.encode()) <= seq_len:
        return
    pieces, _ = parts(text, seq_len, slack)
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= seq_len for piece in pieces)


@pytest.mark.parametrize(
    ("text", "first", "kind"),
    [
        ("aaaa bbbb.\n\ncccc dddd. eeee ffff", "aaaa bbbb.\n\n", "paragraph"),
        ("aaaaaa bbbb.\ncccc. dddd eeee ffff", "aaaaaa bbbb.\n", "line"),
        ("aaaaaa bbbb. cccc3.5 dddd eeee ff", "aaaaaa bbbb.", "sentence"),
        ("aaaaaaaaaa bbbb 3.5cccccc ddddd", "aaaaaaaaaa bbbb", "word"),
        (
            "合同当事人应当履行义务，不得变更。或者解除合同违约",
            "合同当事人应当履行义务，不得变更。",
            "sentence",
        ),
        (
            "合同当事人应当履行义务不得擅自变更或者解除合同违约",
            "合同当事人应当履行义务不得擅自变更或者解",
            "other",
        ),
    ],
)
def test_the_strongest_break_in_reach_is_taken(text: str, first: str, kind: str) -> None:
    characters = sorted(set(text))
    table = breaks([character.encode() for character in characters])
    tokens = np.array([characters.index(character) for character in text], dtype=np.uint32)
    found, kinds = cuts(tokens, table, 20, 2)
    assert (text[: found[0]], KINDS[kinds[0]]) == (first, kind)


def test_without_a_break_the_cut_is_at_the_sequences_length() -> None:
    pieces, kinds = parts("a" * 50, 20, 4)
    assert [len(piece) for piece in pieces] == [20, 20, 10] and kinds == ["other", "other"]
