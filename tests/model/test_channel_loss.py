from math import isnan, log

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rewarm.model.channel_loss import LeafSums, channel_loss
from rewarm.model.linear_cross_entropy import linear_cross_entropy


@given(st.integers(1, 8), st.integers(1, 64), st.integers(0, 2**31))
def test_micro_batches_add_up_whatever_their_size(leaves: int, micro: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    tokens = 64
    nll = torch.rand(tokens, generator=generator) * 9
    leaf = torch.randint(0, leaves, (tokens,), generator=generator)
    weight = torch.randint(0, 2, (tokens,), generator=generator).float()
    size = torch.randint(0, 6, (tokens,), generator=generator)
    whole, parts = LeafSums(leaves), LeafSums(leaves)
    whole.add(nll, leaf, weight, size)
    for start in range(0, tokens, micro):
        part = slice(start, start + micro)
        parts.add(nll[part], leaf[part], weight[part], size[part])
    torch.testing.assert_close(parts.table, whole.table, rtol=1e-12, atol=1e-12)
    assert whole.table[:, 1].sum().item() == weight.sum().item()


def test_leaf_sums_equal_the_loss_that_is_back_propagated() -> None:
    generator = torch.Generator().manual_seed(1)
    hidden = torch.randn(50, 16, generator=generator).requires_grad_()
    head = torch.randn(70, 16, generator=generator)
    targets = torch.randint(0, 70, (50,), generator=generator)
    weight = (torch.rand(50, generator=generator) > 0.2).float()
    loss, nll = linear_cross_entropy(hidden, head, targets, weight / weight.sum())
    sums = LeafSums(4)
    sums.add(nll, torch.arange(50) % 4, weight, torch.ones(50))
    nats, _ = channel_loss(sums.table, [0, 1, 2, 3])
    assert nats == pytest.approx(loss.item(), rel=1e-6)


def test_a_channel_weighs_its_leaves_by_tokens() -> None:
    sums = LeafSums(3)
    leaf = torch.tensor([0, 0, 0, 1])
    sums.add(torch.tensor([1.0, 1.0, 1.0, 5.0]), leaf, torch.ones(4), torch.tensor([2, 2, 2, 4]))
    nats, bits_per_byte = channel_loss(sums.table, [0, 1])
    assert nats == 2.0
    assert bits_per_byte == pytest.approx(8 / 10 / log(2))
    assert all(isnan(value) for value in channel_loss(sums.table, [2]))


def test_a_masked_token_adds_nothing_even_when_it_is_not_finite() -> None:
    sums = LeafSums(1)
    nll = torch.tensor([float("nan"), 2.0])
    sums.add(nll, torch.zeros(2, dtype=torch.long), torch.tensor([0.0, 1.0]), torch.tensor([3, 4]))
    assert sums.table.tolist() == [[2.0, 1.0, 4.0]]


def test_a_leaf_may_be_the_only_one_and_none_is_an_error() -> None:
    assert LeafSums(1).table.shape == (1, 3)
    with pytest.raises(ValueError, match="leaves: 0 is not positive"):
        LeafSums(0)


def test_half_a_weight_counts_half_and_nothing_is_differentiated() -> None:
    sums = LeafSums(1)
    nll = torch.tensor([4.0], requires_grad=True)
    weight = torch.tensor([0.5], requires_grad=True)
    sums.add(nll, torch.zeros(1, dtype=torch.int64), weight, torch.tensor([6]))
    assert sums.table.tolist() == [[2.0, 0.5, 3.0]] and not sums.table.requires_grad
