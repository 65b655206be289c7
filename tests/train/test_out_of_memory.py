"""Out of GPU memory is an error with the setting to change first."""

import pytest
import torch

from rewarm.errors import RewarmError
from rewarm.recipe import Train
from rewarm.train import out_of_memory

STEPS = [
    ({"micro_batch": 4}, "Halve train.micro_batch (it is 4)"),
    ({}, "activation_checkpointing: true"),
    ({"activation_checkpointing": True}, "Lower train.loss_chunk (it is 256)"),
    ({"activation_checkpointing": True, "loss_chunk": 64}, "train.offload: optimizer"),
    ({"activation_checkpointing": True, "loss_chunk": 64, "offload": "parameters"}, "Lower pack.seq_len"),
]


@pytest.mark.parametrize(("changes", "cure"), STEPS)
def test_the_cheapest_cure_that_is_left_is_named(changes: dict, cure: str) -> None:
    config = Train.model_validate(changes).model_dump(mode="json")
    with pytest.raises(RewarmError) as raised, out_of_memory.explained(7, config):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nGPU 0 has")
    said = str(raised.value)
    assert said.startswith("train: update 7: out of GPU memory (CUDA out of memory.") and cure in said
    assert "\n" not in said and "newest checkpoint" in said


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(RuntimeError, match="shape"), out_of_memory.explained(7, {}):
        raise RuntimeError("shape")
