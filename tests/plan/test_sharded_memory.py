"""Memory of a rank under FSDP, against torch's tracker: fake tensors and a fake process group, on a CPU."""

from collections.abc import Iterator

import pytest
import torch
import torch.distributed as dist

from rewarm.model.packed_lm import PackedLM
from rewarm.plan import layouts
from rewarm.plan.layouts import Layout
from rewarm.plan.memory import WEIGHT, Shapes
from rewarm.recipe import Train
from rewarm.train import optimizer
from rewarm.train.distributed.ranks import Ranks, shard

RANKS, TOKENS, WIDTH, LAYERS, VOCABULARY = 4, 256, 128, 2, 600


@pytest.fixture
def ranks() -> Iterator[Ranks]:
    """Rank 0 of a group whose collectives do nothing."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.testing._internal.distributed.fake_pg import FakeStore

    dist.init_process_group("fake", store=FakeStore(), rank=0, world_size=RANKS)
    try:
        mesh = init_device_mesh("cpu", (RANKS,), mesh_dim_names=("shard",))
        yield Ranks(0, RANKS, torch.device("cpu"), mesh)
    finally:
        dist.destroy_process_group()


def test_parts_of_a_rank_are_those_that_fsdp_holds(ranks: Ranks) -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.distributed._tools.fsdp2_mem_tracker import FSDPMemTracker
    from transformers import AutoModelForCausalLM, LlamaConfig

    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=448, num_hidden_layers=LAYERS,
        num_attention_heads=4, num_key_value_heads=1, tie_word_embeddings=False,
    )  # fmt: skip
    train = Train(precision="fp32", loss_chunk=256)
    settings = train.model_dump(mode="json")
    with FakeTensorMode(allow_non_fake_inputs=True):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        parameters = sum(weight.numel() for weight in model.parameters())
        lm = PackedLM(model, train.loss_chunk).train()
        shard(lm, ranks, settings)
        adam = optimizer.build(lm, settings)
        tokens, weights = torch.zeros(1, TOKENS, dtype=torch.int64), torch.ones(1, TOKENS - 1)
        with FSDPMemTracker(lm, adam) as tracker:
            for _ in range(2):
                lm(tokens, None, weights)[0].backward()
                adam.step()
                tracker.reset_mod_stats()
    peak, end = (_by_kind(tracker, when) for when in ("peak", "current"))
    shapes = Shapes(parameters, 2 * VOCABULARY * WIDTH, 0, WIDTH, LAYERS, VOCABULARY)
    found = layouts.per_rank(shapes, train, TOKENS, Layout(RANKS))
    assert (found.weights, found.gradients) == (end["Sharded Param"], end["Sharded Grad"])
    assert found.moments == pytest.approx(end["OptState"], rel=1e-3)
    # The tables, a layer and the next; then the gradients of the tables and of a layer.
    whole = WEIGHT * (shapes.tables + (parameters - shapes.tables) / LAYERS)
    assert found.gathered - whole == peak["Unsharded Param"] + peak["All Gather"]
    parts = found.weights + found.gradients + found.moments + found.gathered + found.activations
    # Of two layers, the two that the backward pass adds are much.
    assert peak["Total"] < parts < 1.6 * peak["Total"]


def _by_kind(tracker: object, when: str) -> dict[str, int]:
    """Bytes on the CPU at the peak, or at the end."""
    snapshot = tracker.get_tracker_snapshot(when)[torch.device("cpu")]  # type: ignore[attr-defined]
    return {getattr(kind, "value", kind): size for kind, size in snapshot.items()}
