"""The path for CPUs equals attention over all pairs, forward and backward, whatever the documents are."""

import pytest
import torch
from all_pairs import CPU, plain, tensors
from hypothesis import given, settings
from hypothesis import strategies as st

from rewarm.model.attention import blockwise, each_document
from rewarm.model.attention.documents import Documents
from rewarm.model.attention.interface import Terms


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 40) | st.just(16), min_size=1, max_size=6),
    window=st.none() | st.integers(1, 30),
    softcap=st.none() | st.just(3.0),
    with_sinks=st.booleans(),
    heads=st.sampled_from([(4, 4), (4, 2), (6, 2), (3, 1)]),
    values=st.sampled_from([8, 4]),
    scale=st.sampled_from([0.2, 1.0]),
)
def test_equals_all_pairs(lengths, window, softcap, with_sinks, heads, values, scale) -> None:
    documents = Documents(tuple(lengths), CPU, window)
    given = tensors(documents, *heads, 8, values, seed=len(lengths))
    sinks = torch.linspace(-1, 2, heads[0]).requires_grad_() if with_sinks else None
    wanted = [*given, *([] if sinks is None else [sinks])]
    terms = Terms(scale, softcap, sinks)
    expected = plain(*given, documents, terms)
    out = each_document.each_document(*given, documents, terms)
    torch.testing.assert_close(out, expected.float(), rtol=1e-4, atol=1e-5)
    slopes = torch.cos(torch.arange(out.numel())).view_as(out)
    for mine, theirs in zip(
        torch.autograd.grad((out * slopes).sum(), wanted),
        torch.autograd.grad((expected * slopes).sum(), wanted),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=2e-4)


def test_blocks_that_do_not_fill_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 16 queries in documents of 70: windows and diagonals cross the blocks' edges."""
    monkeypatch.setattr(blockwise, "_MOST", 16)
    for window in (None, 5, 16, 33):
        documents = Documents((70, 70, 9), CPU, window)
        given = tensors(documents, 4, 2, 8, 8, seed=3)
        terms = Terms(0.3, softcap=5.0)
        expected = plain(*given, documents, terms)
        out = each_document.each_document(*given, documents, terms)
        torch.testing.assert_close(out, expected.float(), rtol=1e-4, atol=1e-5)
        mine = torch.autograd.grad(out.square().sum(), given)
        theirs = torch.autograd.grad(expected.square().sum(), given)
        for one, other in zip(mine, theirs, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def test_bf16_is_rounded_once_where_the_cpu_has_no_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = Documents((30, 11), CPU)
    given = [part.detach().bfloat16() for part in tensors(documents, 4, 2, 16, 16, seed=1)]
    expected = plain(*given, documents, Terms(0.25))
    monkeypatch.setattr(each_document, "native_bf16", lambda: False)
    with torch.autocast("cpu", torch.bfloat16):
        out = each_document.each_document(*given, documents, Terms(0.25))
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out, expected.bfloat16(), rtol=2**-7, atol=1e-6)
