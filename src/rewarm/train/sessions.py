"""What each start of a training ran with, where the result depends on it in the last bits only.

Settings, libraries and machine that are not in the training's key may change between two starts. A line
in `_sessions.jsonl` says from which update on they were what.
"""

import json
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from rewarm.model.packed_lm import PackedLM
from rewarm.train.distributed.ranks import Ranks

_LIBRARIES = ("rewarm", "torch", "transformers", "safetensors", "numpy")


def note(folder: Path, update: int, settings: dict[str, Any], ranks: Ranks, lm: PackedLM) -> None:
    """Append a line: finished updates, the settings outside the key, versions, device, ranks, operations."""
    row = {
        "update": update,
        "settings": settings,
        "versions": {name: found for name in _LIBRARIES if (found := _version(name))},
        "device": str(ranks.device),
        "device_name": torch.cuda.get_device_name(ranks.device) if ranks.device.type == "cuda" else None,
        "token_operations": operations(lm),
        "ranks": ranks.world_size,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with (folder / "_sessions.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def operations(lm: PackedLM) -> int:
    """Operations of a training token in matrix products of weights (plan/compute.py), without attention.

    Two per weight in the forward pass, two for the gradient of its input and two for its own, if it is
    trained. A table that is only looked up has none.
    """
    table, head = lm.model.get_input_embeddings(), lm.model.get_output_embeddings()
    looked_up = table.weight if head is None or table.weight is not head.weight else None
    return sum(
        weight.numel() * (6 if weight.requires_grad else 4)
        for weight in lm.parameters()
        if weight is not looked_up
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
