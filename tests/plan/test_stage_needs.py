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


def test_what_offload_keeps_in_host_memory_counts_for_the_process() -> None:
    train = recipe(offload="optimizer").train
    need = memory.need(SMOLLM, train, 512)
    short, _ = stage_needs.of_recipe(recipe(offload="optimizer"), SMOLLM)
    assert need.host > 8 * SMOLLM.parameters
    assert short.process == pytest.approx(stage_needs.PROCESS + need.device + need.host + need.checkpoint)


def test_a_larger_micro_batch_takes_more_memory_and_as_many_operations() -> None:
    (one, _), (two, _) = (stage_needs.of_recipe(recipe(micro_batch=size), SMOLLM) for size in (1, 2))
    assert two.device > one.device and two.operations == one.operations


def test_operations_are_those_of_all_tokens_and_of_recomputing() -> None:
    (plain, _), (again, _) = (
        stage_needs.of_recipe(recipe(activation_checkpointing=on), SMOLLM) for on in (False, True)
    )
    # Six operations a weight and token, and attention; recomputing is a forward pass more.
    weights = SMOLLM.parameters * 1000
    assert 6 * weights < plain.operations < 7 * weights
    assert again.operations / plain.operations == pytest.approx(4 / 3, abs=0.1)


@pytest.mark.parametrize("tables", [1, 2])
def test_new_tokens_add_a_row_to_each_table(tables: int) -> None:
    base = memory.Shapes(10_000_000, tables * 1000 * 64, 5000, 64, 4, 1000)
    found = stage_needs.extended(base, 50)
    added = tables * 50 * 64
    assert found == memory.Shapes(10_000_000 + added, tables * 1000 * 64 + added, 5000, 64, 4, 1050)
