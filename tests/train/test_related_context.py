"""Related documents in one sequence: the loss of the second depends on the first, of an isolated one not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rewarm.corpus.tables.blocks import Sequence
from rewarm.model import attention
from rewarm.model.channel_loss import LeafSums
from rewarm.model.packed_lm import PackedLM
from rewarm.train.batch import collate

FIRST, SECOND = 20, 15


def two(first: int, *, joined: bool) -> Sequence:
    """Two documents; `first` seeds the tokens of the first."""
    rng = np.random.default_rng(first)
    tokens = [rng.integers(3, 500, FIRST), np.random.default_rng(99).integers(3, 500, SECOND)]
    return Sequence(
        tokens=np.concatenate(tokens).astype(np.uint32),
        lengths=np.array([FIRST, SECOND], dtype=np.int32),
        leaves=np.array([0, 1], dtype=np.int32),
        documents=np.arange(2),
        offsets=np.zeros(2, dtype=np.int64),
        joined=np.array([False, joined]),
        last=np.ones(2, dtype=bool),
        masked=np.empty(0, dtype=np.int32),
    )


@pytest.fixture(scope="module")
def lm(model: Path) -> PackedLM:
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    torch.manual_seed(0)
    for parameter in loaded.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.2)
    return PackedLM(loaded, chunk=16)


def losses(lm: PackedLM, sequence: Sequence) -> tuple[torch.Tensor, torch.Tensor]:
    """Losses of the second document's tokens, and sums of nats and tokens by leaf."""
    batch = collate([sequence])
    with torch.no_grad():
        loss, nll = lm(batch.tokens, batch.positions, batch.weights)
    sums = LeafSums(2, torch.device("cpu"))
    flat = batch.weights.reshape(-1)
    sums.add(nll, batch.leaves.reshape(-1), flat, torch.ones_like(flat).long())
    assert float(sums.table[:, 0].sum()) == pytest.approx(float(loss), rel=1e-5)
    return nll[FIRST - 1 :], sums.table


@pytest.mark.parametrize("path", ["documents", "dense"])
def test_the_second_documents_loss_changes_with_the_first_only_when_joined(lm: PackedLM, path: str) -> None:
    attention.use(lm.model, path)  # type: ignore[arg-type]
    apart, other_apart = (losses(lm, two(first, joined=False))[0] for first in (1, 2))
    assert (apart[1:] - other_apart[1:]).abs().max() < 1e-5
    joined, other_joined = (losses(lm, two(first, joined=True))[0] for first in (1, 2))
    assert ((joined - other_joined).abs() > 1e-3).float().mean() > 0.9
    # As one document of both, without packing.
    both = replace(
        two(1, joined=True), lengths=np.array([FIRST + SECOND]), leaves=np.array([1]), documents=np.arange(1),
        offsets=np.zeros(1, dtype=np.int64), joined=np.array([False]), last=np.array([True]),
    )  # fmt: skip
    assert joined.numpy() == pytest.approx(losses(lm, both)[0].numpy(), abs=1e-5)


def test_the_first_token_of_a_joined_document_counts_for_its_own_leaf(lm: PackedLM) -> None:
    _, apart = losses(lm, two(1, joined=False))
    _, joined = losses(lm, two(1, joined=True))
    assert apart[:, 1].tolist() == [FIRST - 1, SECOND - 1]
    assert joined[:, 1].tolist() == [FIRST - 1, SECOND]
