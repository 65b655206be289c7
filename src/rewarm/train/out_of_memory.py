"""Out of GPU memory, as an error that names the setting to change.

`plan/memory.py` estimates beforehand; this error comes when the estimate was wrong or the GPU is shared.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from rewarm.errors import RewarmError


@contextmanager
def explained(update: int, config: dict[str, Any]) -> Iterator[None]:
    """Turns torch.OutOfMemoryError into a RewarmError with the setting to change first.

    update: its number; config: of `train`.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        said = str(error).strip().split("\n")[0].removesuffix(".")
        raise RewarmError(
            f"train: update {update}: out of GPU memory ({said[:160]}). {remedy(config)} The same command "
            "then continues from the newest checkpoint"
        ) from error


def remedy(config: dict[str, Any]) -> str:
    """The cheapest setting that saves memory, given those that are set."""
    if config["micro_batch"] > 1:
        return f"Halve train.micro_batch (it is {config['micro_batch']}): the result is the same."
    if not config["activation_checkpointing"]:
        return "Set train.activation_checkpointing: true: the result is the same, at a third more time."
    if config["loss_chunk"] > 64:
        return f"Lower train.loss_chunk (it is {config['loss_chunk']}) or pack.seq_len."
    if config["offload"] == "none":
        return "Set train.offload: optimizer or parameters, or train.lora: {}."
    return "Lower pack.seq_len, train more processes, or take a smaller base."
