"""8-bit moments: close to fp32, a quarter of the bytes, the same bits after a restore, cut by rows."""

from itertools import pairwise
from pathlib import Path

import torch

from rewarm.train.checkpoint import Checkpoints
from rewarm.train.distributed.ranks import Ranks
from rewarm.train.eight_bit import AdamW8bit, eight_bit

HOW = {"lr": 1e-3, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1, "fused": True}


def network() -> torch.nn.Sequential:
    """Widths of whole blocks, of blocks and a rest, and below a block."""
    torch.manual_seed(0)
    sizes = [64, 256, 576, 300, 16]
    layers = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    return torch.nn.Sequential(*[part for layer in layers for part in (layer, torch.nn.GELU())][:-1])


def walk(model: torch.nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> float:
    found = 0.0
    for step in steps:
        torch.manual_seed(100 + step)
        inputs = torch.randn(64, 64)
        optimizer.zero_grad()
        loss = (model(inputs) - inputs[:, :16].clamp(-1, 1)).pow(2).mean()
        loss.backward()
        optimizer.step()
        found = loss.item()
    return found


def test_fifty_updates_end_close_to_fp32() -> None:
    plain, small, still = network(), network(), network()
    start = walk(still, torch.optim.AdamW(still.parameters(), **{**HOW, "lr": 0.0}), range(49, 50))
    expected = walk(plain, torch.optim.AdamW(plain.parameters(), **HOW), range(50))
    optimizer = AdamW8bit(small.parameters(), **HOW)
    reached = walk(small, optimizer, range(50))
    print(f"loss {start:.4f}, after 50 updates {expected:.4f} in fp32, {reached:.4f} in 8 bits")
    assert expected < 0.5 * start
    assert abs(reached - expected) < 0.03 * (start - expected)
    wide = [p for p in small.parameters() if eight_bit(p, {})]
    assert [p.shape[1] for p in wide] == [256, 576, 300]
    stored = sum(v.numel() * v.element_size() for p in wide for v in optimizer.state[p].values())
    padded = sum(p.shape[0] * -(-p.shape[1] // 256) * 256 for p in wide)
    assert stored == 2 * padded + 2 * padded // 256 * 4 + 4 * len(wide)


def test_one_update_is_adamw_itself() -> None:
    """From zero moments nothing has been rounded yet."""
    plain, small = network(), network()
    walk(plain, torch.optim.AdamW(plain.parameters(), **HOW), range(1))
    walk(small, AdamW8bit(small.parameters(), **HOW), range(1))
    for left, right in zip(plain.parameters(), small.parameters(), strict=True):
        assert torch.allclose(left, right, atol=1e-6)


def test_embeddings_keep_fp32_moments() -> None:
    table = torch.nn.Parameter(torch.randn(64, 512))
    optimizer = AdamW8bit([{"params": [table], "embeddings": True}], **HOW)
    table.grad = torch.randn(64, 512)
    optimizer.step()
    assert {value.dtype for value in optimizer.state[table].values()} == {torch.float32}
    assert "exp_avg_scale" not in optimizer.state[table]


def test_rows_do_not_feel_each_other() -> None:
    """What a shard of rows computes is what the whole computes there."""
    torch.manual_seed(0)
    start, gradients = torch.randn(40, 576), torch.randn(5, 40, 576)
    whole = torch.nn.Parameter(start.clone())
    halves = [torch.nn.Parameter(part.clone()) for part in start.split(20)]
    optimizers = AdamW8bit([whole], **HOW), AdamW8bit(halves, **HOW)
    for gradient in gradients:
        whole.grad = gradient.clone()
        for half, part in zip(halves, gradient.split(20), strict=True):
            half.grad = part.clone()
        for optimizer in optimizers:
            optimizer.step()
    assert torch.equal(whole, torch.cat(halves))  # type: ignore[arg-type]


def test_a_restored_run_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    def checkpoints() -> Checkpoints:
        return Checkpoints(tmp_path, Ranks(0, 1, torch.device("cpu")), keep=2)

    model = network()
    optimizer = AdamW8bit(model.parameters(), **HOW)
    walk(model, optimizer, range(5))
    checkpoints().save(5, model, optimizer, {}, wait=True)
    walk(model, optimizer, range(5, 9))
    again = network()
    other = AdamW8bit(again.parameters(), **HOW)
    assert checkpoints().restore(again, other)[0] == 5
    assert any(value.dtype == torch.uint8 and value.any() for value in other.state[again[2].weight].values())
    walk(again, other, range(5, 9))
    for left, right in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(left, right)
        for key, value in optimizer.state[left].items():
            assert torch.equal(value, other.state[right][key]), key
