"""Checkpoints: sharded, written while training goes on, checked, renamed when complete.

Weights and Adam's moments go into safetensors by torch's distributed checkpoint, every rank its
own shards, so nothing that is loaded can run code and another number of ranks can read them. The
copy is taken at once; writing, checksums and the rename follow in a thread. A resume takes the
newest whose checksums hold, and says which it refused.
"""

import json
import shutil
import warnings
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint import HuggingFaceStorageReader, HuggingFaceStorageWriter
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.state_dict_saver import AsyncSaveResponse

from rewarm.engine.publish import publishing
from rewarm.errors import RewarmError, full_disk
from rewarm.train import checkpoint_files, checkpoint_tensors, removal
from rewarm.train.distributed.ranks import Ranks

# A single process is intended; the writing thread would warn of it each time.
warnings.filterwarnings("ignore", message="torch.distributed is disabled", category=UserWarning)


class Checkpoints:
    """The checkpoints of a run, in `folder/update-NNNNNN`, NNNNNN being finished updates.

    keep: the newest that stay; keep_every: besides, those at multiples of it, 0 for none; also: and those
    after these updates.
    """

    def __init__(
        self, folder: Path, ranks: Ranks, *, keep: int, keep_every: int = 0, also: Collection[int] = ()
    ) -> None:
        self.folder, self._ranks = folder, ranks
        self._keep, self._keep_every, self._also = keep, keep_every, frozenset(also)
        self._pool = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def save(
        self,
        update: int,
        lm: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        extra: dict[str, Any],
        *,
        good: Collection[int] = (),
        wait: bool = False,
    ) -> None:
        """Take a copy and write it in the background; `extra` is plain values that go along.

        good: updates whose checkpoints stay in any case. Waits for an earlier one that is still being
        written. Raises the error of that one (a full disk), and RewarmError for weights that are not finite.
        """
        self.finish()
        target = self.folder / f"update-{update:06}"
        if self._ranks.same(target.exists()):
            return
        self._check_finite(lm, update)
        partial = target.with_name(target.name + ".partial")
        if self._ranks.first:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
        self._ranks.wait()
        alone = self._ranks.world_size == 1
        tensors = checkpoint_tensors.by_name(lm, optimizer)
        numbers = checkpoint_tensors.files(tensors, self._ranks.world_size)
        written = dcp.async_save(
            tensors,
            storage_writer=HuggingFaceStorageWriter(str(partial), numbers, save_distributed=True),
            no_dist=alone,
            process_group=self._ranks.aside,
        )
        state = {"update": update, "random": torch.get_rng_state().tolist(), **extra}
        self._pending = self._pool.submit(self._publish, written, target, state, good)
        if wait:
            self.finish()

    def poll(self) -> None:
        """Raise the error of the checkpoint in the background, if there is one already.

        Does not wait: ranks finish at different updates.
        """
        if self._pending is not None and self._pending.done():
            self._pending.result()

    def finish(self) -> None:
        """Wait until the checkpoint in the background is complete."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()
            self._ranks.wait()

    def restore(
        self, lm: torch.nn.Module, optimizer: torch.optim.Optimizer, *, before: int | None = None
    ) -> tuple[int, dict[str, Any], list[str]]:
        """Load the newest valid checkpoint, of at most `before` finished updates.

        Returns (finished updates, what went along, why newer ones were refused, which are `.damaged` now);
        (0, {}, …) for none. Raises RewarmError when there are some and all are damaged: training is never
        restarted for that.
        """
        self.finish()
        refused: list[str] = []
        chosen: str | None = None
        if self._ranks.first:
            damaged = []
            for candidate in checkpoint_files.newest_first(self.folder):
                if before is not None and checkpoint_files.number(candidate) > before:
                    continue
                fault = checkpoint_files.fault(candidate)
                if fault is None:
                    chosen = str(candidate)
                    break
                damaged.append(candidate)
                refused.append(f"{candidate}: {fault}")
            # Renamed, so that they neither count as the newest nor block the name of the next one.
            for candidate in damaged if chosen is not None else []:
                candidate.rename(checkpoint_files.free(candidate.with_name(f"{candidate.name}.damaged")))
        chosen, refused = self._ranks.same((chosen, refused))
        if chosen is None:
            if refused and before is None:
                reasons = "\n  ".join(refused)
                raise RewarmError(
                    f"train: no checkpoint of this training can be used:\n  {reasons}\n"
                    f"Restore one of them, or remove {self.folder.parent} to train from the start"
                )
            return 0, {}, refused
        state = self._load(Path(chosen), lm, optimizer)
        torch.set_rng_state(torch.tensor(state.pop("random"), dtype=torch.uint8))
        for name in ("files", "sha256"):
            state.pop(name, None)
        return int(state.pop("update")), state, refused

    def adopt(self, folder: Path, lm: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Take weights and moments from another run's checkpoint. Raises RewarmError for a damaged one."""
        fault = self._ranks.same(checkpoint_files.fault(folder) if self._ranks.first else None)
        if fault is not None:
            raise RewarmError(f"start: {folder}: {fault}; name another update")
        try:
            self._load(folder, lm, optimizer)
        except Exception as error:
            reason = str(error).strip().split("\n")[0]
            raise RewarmError(
                f"start: {folder}: does not fit this model and optimiser ({reason}); both must be "
                "those of the earlier run"
            ) from error

    def adopt_frozen(self, folder: Path, lm: torch.nn.Module) -> None:
        """Take the weights that this run freezes from another run's checkpoint, not from the base.

        Own checkpoints hold what trains, so a resume takes it from there again.
        """
        held = HuggingFaceStorageReader(str(folder)).read_metadata().state_dict_metadata
        frozen = {
            f"model.{name}": parameter.detach()
            for name, parameter in lm.named_parameters()
            if not parameter.requires_grad and f"model.{name}" in held
        }
        if frozen:
            with warnings.catch_warnings(), _causes(folder):
                warnings.simplefilter("ignore")
                reader = HuggingFaceStorageReader(str(folder))
                dcp.load(frozen, storage_reader=reader, no_dist=self._ranks.world_size == 1)

    def _load(self, folder: Path, lm: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((folder / "state.json").read_text())
        tensors = checkpoint_tensors.by_name(lm, optimizer)
        with warnings.catch_warnings(), _causes(folder):
            warnings.simplefilter("ignore")
            dcp.load(
                tensors,
                storage_reader=HuggingFaceStorageReader(str(folder)),
                no_dist=self._ranks.world_size == 1,
            )
        return state

    def updates(self) -> list[int]:
        """Finished updates of the complete checkpoints, newest first."""
        return [checkpoint_files.number(path) for path in checkpoint_files.newest_first(self.folder)]

    def kept_after(self, *, done: int, last: bool) -> list[Path]:
        """Checkpoints to keep when training has ended: those of `keep_every`, and with `last` the last."""
        every = self._keep_every
        numbers = {checkpoint_files.number(path): path for path in checkpoint_files.newest_first(self.folder)}
        return [
            path
            for number, path in numbers.items()
            if (last and number == done) or number in self._also or (every and number and number % every == 0)
        ]

    def forget_after(self, update: int) -> None:
        """Remove the checkpoints after `update`, to which training went back.

        They are renamed first, so that no resume takes one that cannot be deleted.
        """
        self.finish()
        if self._ranks.first:
            for path in checkpoint_files.newest_first(self.folder):
                if checkpoint_files.number(path) > update:
                    removal.remove_or_warn(
                        path.rename(checkpoint_files.free(path.with_name(f"{path.name}.abandoned")))
                    )
        self._ranks.wait()

    def _publish(
        self,
        written: Future[Any] | AsyncSaveResponse,
        target: Path,
        state: dict[str, Any],
        good: Collection[int],
    ) -> None:
        assert isinstance(written, Future)
        with _causes(target):
            written.result()
        if not self._ranks.first:
            return
        with publishing(target) as partial:
            checkpoint_files.write_state(partial, state)
        for old in checkpoint_files.newest_first(self.folder)[self._keep :]:
            number = checkpoint_files.number(old)
            every = self._keep_every
            stays = number in good or number in self._also
            if not stays and not (every and number and number % every == 0):
                removal.remove_or_warn(old)

    def _check_finite(self, lm: torch.nn.Module, update: int) -> None:
        weights = [(name, _local(weight.detach())) for name, weight in lm.named_parameters()]
        bad = torch.stack([(~torch.isfinite(weight)).sum() for _, weight in weights]).double()
        found = self._ranks.add_up(bad).nonzero().flatten().tolist()
        if found:
            raise RewarmError(
                f"train: after update {update} weights are not finite, in {weights[found[0]][0]} and "
                f"{len(found) - 1} more tensors; no checkpoint is written. Lower schedule.peak, or set "
                "train.precision: fp32, and run again"
            )


@contextmanager
def _causes(folder: Path) -> Iterator[None]:
    """Raise the error of a rank instead of torch's collection of errors, which is not an Exception."""
    try:
        yield
    except CheckpointException as error:
        met = [cause for cause, _ in error.failures.values()]
        cause = next((one for one in met if full_disk(one)), met[0])
        if isinstance(cause, OSError) and cause.errno:
            raise OSError(cause.errno, cause.strerror, cause.filename or str(folder)) from None
        raise RuntimeError(f"{folder}: {type(cause).__name__}: {cause}") from cause


def _local(tensor: torch.Tensor) -> torch.Tensor:
    local: torch.Tensor = tensor.to_local() if hasattr(tensor, "to_local") else tensor
    return local
