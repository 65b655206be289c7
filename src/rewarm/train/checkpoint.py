"""Checkpoints: weights, optimiser and step, written aside, with checksums, renamed when complete.

Weights and Adam's moments are safetensors, so nothing that is loaded can run code. A resume takes
the newest whose checksums hold, and says which it refused.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from rewarm.corpus.publish import publishing


def save(folder: Path, step: int, model: Any, optimizer: torch.optim.Optimizer, keep: int) -> None:
    """Write `folder/step-NNNNNN` after `step` finished updates, and remove all but the newest `keep`."""
    target = folder / f"step-{step:06}"
    if not target.exists():
        with publishing(target) as partial:
            save_file(_unique(dict(model.named_parameters())), partial / "model.safetensors")
            save_file(_moments(optimizer), partial / "optimizer.safetensors")
            files = {path.name: _sha256(path) for path in sorted(partial.glob("*.safetensors"))}
            random = torch.get_rng_state().tolist()
            (partial / "state.json").write_text(json.dumps({"step": step, "files": files, "random": random}))
    for old in _found(folder)[keep:]:
        shutil.rmtree(old)


def restore(folder: Path, model: Any, optimizer: torch.optim.Optimizer) -> tuple[int, list[str]]:
    """Load the newest valid checkpoint into model and optimiser.

    Returns (finished updates, why newer ones were refused); (0, …) when there is none.
    """
    refused: list[str] = []
    for found in _found(folder):
        fault = _fault(found)
        if fault:
            refused.append(f"{found}: {fault}")
            continue
        state = json.loads((found / "state.json").read_text())
        weights = load_file(found / "model.safetensors")
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(weights[name])
        moments = load_file(found / "optimizer.safetensors")
        current = optimizer.state_dict()
        current["state"] = {}
        for key, value in moments.items():
            index, name = key.split(".", 1)
            current["state"].setdefault(int(index), {})[name] = value
        optimizer.load_state_dict(current)
        torch.set_rng_state(torch.tensor(state["random"], dtype=torch.uint8))
        return int(state["step"]), refused
    return 0, refused


def _found(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    names = [path for path in folder.iterdir() if path.name.startswith("step-") and path.name[5:].isdigit()]
    return sorted(names, reverse=True)


def _fault(folder: Path) -> str | None:
    try:
        state = json.loads((folder / "state.json").read_text())
        for name, digest in state["files"].items():
            if _sha256(folder / name) != digest:
                return f"{name} is damaged (its checksum differs)"
    except (OSError, ValueError, KeyError) as error:
        return f"state.json cannot be used ({error})"
    return None


def _unique(parameters: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().contiguous() for name, parameter in parameters.items()}


def _moments(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    state = optimizer.state_dict()["state"]
    return {
        f"{index}.{name}": value.contiguous()
        for index, entry in state.items()
        for name, value in entry.items()
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
