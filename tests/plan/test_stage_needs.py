"""What a stage needs, before it runs."""

import pytest

from rewarm.plan import memory, stage_needs
from rewarm.recipe import Recipe

SMOLLM = memory.Shapes(134_515_008, 49_152 * 576, 305_280, 576, 30, 49_152)


def recipe(**train: object) -> Recipe:
    stages = [
        {"name": "short", "tokens": 1000, "mix": {"law": 1.0}},
        {"name": "long", "tokens": 3000, "mix": {"law": 1.0}, "seq_len": 2048},
    ]
    sources = [{"name": "law", "path": "law", "labels": {"task": "domain"}}]
    return Recipe.model_validate(
        {"name": "law", "model": "base", "sources": sources, "stages": stages, "pack": {"seq_len": 512},
         "train": {"batch_tokens": 2048, **train}}
    )  # fmt: skip


def test_a_longer_stage_needs_more() -> None:
    short, long = stage_needs.of_recipe(recipe(), SMOLLM)
    assert (short.seq_len, long.seq_len) == (512, 2048)
    assert long.device > short.device and long.operations > 3 * short.operations


def test_the_checkpoint_that_is_being_written_counts_for_the_process() -> None:
    """Measured with SmolLM2-135M on a CPU at 512 tokens: 6.19 GB at the peak."""
    full, _ = stage_needs.of_recipe(recipe(), SMOLLM)
    assert full.process - full.device == pytest.approx(stage_needs.PROCESS + 12 * SMOLLM.parameters)
    assert full.process == pytest.approx(6.19e9, rel=0.15)
    lora, _ = stage_needs.of_recipe(recipe(lora={"rank": 8, "embeddings": False}), SMOLLM)
    assert lora.process < full.process / 2
