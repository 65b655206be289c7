"""The block mask lists every pair of tokens that see each other, and calls a block whole only if it is."""

import pytest
import torch
from all_pairs import CPU, plain, tensors, visible
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.attention.flex_attention import flex_attention

from rewarm.model.attention import flex
from rewarm.model.attention.documents import Documents
from rewarm.model.attention.interface import Terms

# At 130 a block's first query sees one key of the block before the last; at 256 the last sees a whole one.
WINDOWS = st.sampled_from([1, 2, 128, 129, 130, 255, 256, 257]) | st.integers(1, 400)
LENGTHS = st.lists(st.integers(1, 300) | st.sampled_from([128, 256, 700]), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(lengths=LENGTHS, window=st.none() | WINDOWS)
def test_blocks_are_listed_exactly(lengths: list[int], window: int | None) -> None:
    documents = Documents(tuple(lengths), CPU, window)
    mask = flex.block_mask(documents)
    seen, count = visible(documents), -(-documents.tokens // flex.BLOCK)
    padded = torch.zeros(count * flex.BLOCK, count * flex.BLOCK, dtype=torch.bool)
    padded[: documents.tokens, : documents.tokens] = seen
    blocks = padded.view(count, flex.BLOCK, count, flex.BLOCK).transpose(1, 2).flatten(2)
    inside = torch.arange(count * flex.BLOCK) < documents.tokens
    there = (inside[:, None] & inside).view(count, flex.BLOCK, count, flex.BLOCK).transpose(1, 2).flatten(2)
    whole = _listed(mask.full_kv_num_blocks, mask.full_kv_indices, count)
    part = _listed(mask.kv_num_blocks, mask.kv_indices, count)
    assert not (whole & part).any()
    assert torch.equal(whole | part, blocks.any(-1))
    assert (blocks | ~there)[whole].all()
    at = torch.arange(documents.tokens)
    assert torch.equal(mask.mask_mod(0, 0, at[:, None], at[None]), seen)


def _listed(number: torch.Tensor, which: torch.Tensor, count: int) -> torch.Tensor:
    table = torch.zeros(count, count, dtype=torch.bool)
    for row in range(count):
        table[row, which[0, 0, row, : number[0, 0, row]].long()] = True
    return table


@pytest.mark.parametrize(("window", "softcap"), [(None, None), (None, 3.0), (50, None)])
def test_equals_all_pairs(window, softcap, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unfused implementation: PyTorch has no fused one for training on a CPU."""
    monkeypatch.setattr(flex, "flex_function", lambda: flex_attention)
    documents = Documents((130, 7, 63), CPU, window)
    given = [part.detach() for part in tensors(documents, 4, 2, 16, 16, seed=5)]
    expected = plain(*given, documents, Terms(0.3, softcap))
    out = flex.flex(*given, documents, Terms(0.3, softcap))
    torch.testing.assert_close(out, expected.float(), rtol=1e-4, atol=1e-4)


def test_sixteen_thousand_tokens_need_less_than_a_megabyte() -> None:
    mask = flex.block_mask(Documents((300,) * 54 + (184,), CPU))
    tables = [part for part in mask.as_tuple() if isinstance(part, torch.Tensor)]
    assert len(tables) == 8 and sum(part.nbytes for part in tables) < 1e6
