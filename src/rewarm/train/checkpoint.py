"""Checkpoints: sharded, written while training goes on, checked, renamed when complete.

Weights and Adam's moments go into safetensors by torch's distributed checkpoint, every rank its
own shards, so nothing that is loaded can run code and another number of ranks can read them. The
copy is taken at once; writing, checksums and the rename follow in a thread. A resume takes the
newest whose checksums hold, and says which it refused.
"""

import hashlib
import json
import shutil
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint import HuggingFaceStorageReader, HuggingFaceStorageWriter

from rewarm.corpus.publish import publishing
from rewarm.errors import RewarmError
from rewarm.train.ranks import Ranks

# A single process is meant, and the thread that writes would warn of it each time.
warnings.filterwarnings("ignore", message="torch.distributed is disabled", category=UserWarning)


class Checkpoints:
    """Those of one run, in `folder/step-NNNNNN`, NNNNNN being finished updates.

    keep: the newest that stay; keep_every: besides, those at multiples of it, 0 for none.
    """

    def __init__(self, folder: Path, ranks: Ranks, *, keep: int, keep_every: int = 0) -> None:
        self.folder, self._ranks = folder, ranks
        self._keep, self._keep_every = keep, keep_every
        self._pool = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def save(
        self,
        step: int,
        lm: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        extra: dict[str, Any],
        *,
        good: int | None = None,
        wait: bool = False,
    ) -> None:
        """Take a copy and write it in the background; `extra` is plain values that go along.

        good: a step whose checkpoint stays in any case. Waits for an earlier one that is still being
        written. Raises what that one met (a full disk), and RewarmError for weights that are not finite.
        """
        self.finish()
        target = self.folder / f"step-{step:06}"
        if self._ranks.same(target.exists()):
            return
        self._check_finite(lm, step)
        partial = target.with_name(target.name + ".partial")
        if self._ranks.first:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
        self._ranks.wait()
        alone = self._ranks.world == 1
        written = dcp.async_save(
            _tensors(lm, optimizer),
            storage_writer=HuggingFaceStorageWriter(str(partial), save_distributed=True),
            no_dist=alone,
            process_group=self._ranks.aside,
        )
        state = {"step": step, "random": torch.get_rng_state().tolist(), **extra}
        self._pending = self._pool.submit(self._publish, written, target, state, good)
        if wait:
            self.finish()

    def poll(self) -> None:
        """Raise what a checkpoint in the background met, if it has met something already."""
        if self._pending is not None and self._pending.done():
            self.finish()

    def finish(self) -> None:
        """Wait until the checkpoint in the background stands."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()
            self._ranks.wait()

    def restore(
        self, lm: torch.nn.Module, optimizer: torch.optim.Optimizer, *, before: int | None = None
    ) -> tuple[int, dict[str, Any], list[str]]:
        """Load the newest valid checkpoint, of at most `before` finished updates.

        Returns (finished updates, what went along, why newer ones were refused); (0, {}, …) for none.
        """
        self.finish()
        refused: list[str] = []
        chosen: str | None = None
        if self._ranks.first:
            for found in self._found():
                if before is not None and _number(found) > before:
                    continue
                fault = _fault(found)
                if fault is None:
                    chosen = str(found)
                    break
                refused.append(f"{found}: {fault}")
        chosen, refused = self._ranks.same((chosen, refused))
        if chosen is None:
            return 0, {}, refused
        state = json.loads((Path(chosen) / "state.json").read_text())
        tensors = _tensors(lm, optimizer)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dcp.load(tensors, storage_reader=HuggingFaceStorageReader(chosen), no_dist=self._ranks.world == 1)
        torch.set_rng_state(torch.tensor(state.pop("random"), dtype=torch.uint8))
        del state["files"]
        return int(state.pop("step")), state, refused

    def steps(self) -> list[int]:
        """Finished updates of the checkpoints that stand, newest first."""
        return [_number(path) for path in self._found()]

    def forget_after(self, step: int) -> None:
        """Remove what lies on a course that was given up."""
        self.finish()
        if self._ranks.first:
            for path in self._found():
                if _number(path) > step:
                    shutil.rmtree(path)
        self._ranks.wait()

    def _publish(self, written: Any, target: Path, state: dict[str, Any], good: int | None) -> None:
        written.result()
        if not self._ranks.first:
            return
        with publishing(target) as partial:
            state["files"] = {path.name: _sha256(path) for path in sorted(partial.glob("*.safetensors"))}
            (partial / "state.json").write_text(json.dumps(state))
        for old in self._found()[self._keep :]:
            number = _number(old)
            if number != good and not (self._keep_every and number and number % self._keep_every == 0):
                shutil.rmtree(old)

    def _check_finite(self, lm: torch.nn.Module, step: int) -> None:
        weights = [_local(parameter.detach()) for parameter in lm.parameters()]
        bad = torch.stack([(~torch.isfinite(weight)).sum() for weight in weights]).sum().double()
        if self._ranks.add_up(bad.reshape(1)).item():
            raise RewarmError(
                f"train: after update {step} {int(bad)} weights are not finite; no checkpoint is written. "
                "Lower schedule.peak, or set train.precision: fp32, and run again"
            )

    def _found(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        names = [
            path
            for path in self.folder.iterdir()
            if path.name.startswith("step-") and path.name[5:].isdigit()
        ]
        return sorted(names, reverse=True)


def _tensors(lm: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """What is trained, weights and moments by name, as views that loading fills in place. Tied weights
    come once; what is frozen is in the base."""
    found: dict[str, torch.Tensor] = {}
    for name, parameter in lm.named_parameters():
        if parameter.requires_grad:
            found[f"model.{name}"] = parameter.detach()
            for key, value in _moments(optimizer, parameter):
                # A scalar has no shards; as one element it has.
                found[f"optimizer.{name}.{key}"] = value.reshape(1) if value.ndim == 0 else value
    return found


def _moments(optimizer: torch.optim.Optimizer, parameter: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    state = optimizer.state[parameter]
    if not state and hasattr(optimizer, "begin"):
        state = optimizer.begin(parameter)
    if not state:
        fused = bool(optimizer.defaults.get("fused"))
        device = parameter.device if fused else torch.device("cpu")
        state["step"] = torch.zeros((), dtype=torch.float32, device=device)
        state["exp_avg"] = torch.zeros_like(parameter)
        state["exp_avg_sq"] = torch.zeros_like(parameter)
    yield from ((key, value) for key, value in state.items() if isinstance(value, torch.Tensor))


def _local(tensor: torch.Tensor) -> torch.Tensor:
    local: torch.Tensor = tensor.to_local() if hasattr(tensor, "to_local") else tensor
    return local


def _number(path: Path) -> int:
    return int(path.name[5:])


def _fault(folder: Path) -> str | None:
    try:
        state = json.loads((folder / "state.json").read_text())
        for name, digest in state["files"].items():
            if _sha256(folder / name) != digest:
                return f"{name} is damaged (its checksum differs)"
    except (OSError, ValueError, KeyError) as error:
        missing = getattr(error, "filename", None)
        name = Path(missing).name if missing else "state.json"
        return f"{name} cannot be used ({error})"
    return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
