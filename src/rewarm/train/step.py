"""Trains the stages one after the other, with channel loss in every update.

The loss of an update is the sum over its unmasked tokens, divided by their number: the same for
any micro-batch. Order and rate are pure functions of the update's number, so a resume needs the
checkpoint alone and gives the same bits as a run that was never stopped.
"""

import json
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch

from rewarm.corpus.blocks import Blocks, Update, updates
from rewarm.corpus.progress import progress
from rewarm.corpus.work import Counts, Work
from rewarm.errors import RewarmError
from rewarm.model import causal_lm
from rewarm.train import checkpoint, metrics
from rewarm.train.batch import collate, targets
from rewarm.train.channel_loss import LeafSums
from rewarm.train.schedule import Schedule


def run(work: Work) -> Counts:
    """pack, tokenize, model → model/, metrics/."""
    config = work.config["train"]
    packed = work.inputs["pack"]
    plan = updates(packed, config["batch_tokens"])
    device = causal_lm.device_of(config["device"])
    torch.manual_seed(work.config["seed"])
    model = causal_lm.load(work.inputs["model"], device)
    causal_lm.verify(model)
    model.train()
    optimizer = _optimizer(model, config)
    checkpoints = work.folder / "checkpoints"
    done, refused = checkpoint.restore(checkpoints, model, optimizer)
    for letter in refused:
        print(f"refused   {letter}", file=sys.stderr)
    trainer = _Trainer(work, model, optimizer, device, _schedules(work.config["stages"], plan))
    log = metrics.Log(work.folder / "metrics.jsonl", done)
    total = sum(_size(trainer.blocks[update.stage], update) for update in plan)
    seen = sum(_size(trainer.blocks[update.stage], update) for update in plan[:done])
    with (
        _interruptible() as interrupted,
        progress("train", total=total, unit="tok", initial=seen, scale=True) as bar,
    ):
        for update in plan[done:]:
            row = trainer.step(update)
            log.add(row)
            bar.set_description(f"{update.stage:<9}", refresh=False)
            bar.set_postfix(loss=f"{row['loss']:.3f}", refresh=False)
            bar.update(_size(trainer.blocks[update.stage], update))
            finished = update.step + 1
            if interrupted() or (finished % work.config["checkpoint_steps"] == 0 and finished < len(plan)):
                checkpoint.save(checkpoints, finished, model, optimizer, work.config["keep_checkpoints"])
            if interrupted():
                log.close()
                raise KeyboardInterrupt(f"after update {finished} of {len(plan)}, checkpoint saved")
    log.close()
    rows = metrics.publish(work.folder / "metrics.jsonl", work.folder / "metrics")
    _export(model, work)
    shutil.rmtree(checkpoints, ignore_errors=True)
    (work.folder / "metrics.jsonl").unlink()
    return {"updates": len(rows), "tokens": total, "targets": sum(row["tokens"] for row in rows)}


class _Trainer:
    def __init__(
        self,
        work: Work,
        model: Any,
        optimizer: torch.optim.Optimizer,
        device: torch.device,
        schedules: dict[str, Schedule],
    ) -> None:
        self.config = work.config["train"]
        self.blocks = {stage: Blocks(work.inputs["pack"], stage) for stage in schedules}
        self._packed = work.inputs["pack"]
        self._model, self._optimizer, self._device = model, optimizer, device
        self._schedules = schedules
        tokenized = work.inputs["tokenize"]
        self._leaves = len(json.loads((tokenized / "leaves.json").read_text()))
        table = np.load(tokenized / "token_bytes.npy").astype(np.int64)
        self._token_bytes = torch.from_numpy(table).to(device)

    def step(self, update: Update) -> dict[str, Any]:
        """One update, and its row of the log. Raises RewarmError before a non-finite one changes weights."""
        began = time.monotonic()
        sequences = [self.blocks[update.stage][number] for number in update.sequences]
        count = sum(map(targets, sequences))
        rate = self._schedules[update.stage].rate(update.step_in_stage)
        sums = LeafSums(self._leaves, self._device)
        loss = torch.zeros((), device=self._device)
        self._optimizer.zero_grad(set_to_none=True)
        size = self.config["micro_batch"]
        for start in range(0, len(sequences), size):
            batch = collate(sequences[start : start + size])
            tokens, positions, weights, leaves = (
                part.to(self._device) for part in (batch.tokens, batch.positions, batch.weights, batch.leaves)
            )
            with causal_lm.autocast(self._device, self.config["precision"]):
                part, nll = causal_lm.token_losses(
                    self._model, tokens, positions, weights / max(1, count), chunk=self.config["loss_chunk"]
                )
            part.backward()  # type: ignore[no-untyped-call]
            loss += part.detach()
            sums.add(
                nll, leaves.reshape(-1), weights.reshape(-1), self._token_bytes[tokens[:, 1:].reshape(-1)]
            )
        norm = torch.nn.utils.clip_grad_norm_(self._model.parameters(), self.config["clip"])
        if not (torch.isfinite(loss) and torch.isfinite(norm)):
            raise RewarmError(self._non_finite(update, float(loss), float(norm)))
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        return {
            "step": update.step,
            "stage": update.stage,
            "rate": rate,
            "loss": float(loss),
            "grad_norm": float(norm),
            "tokens": count,
            "seconds": time.monotonic() - began,
            "first_sequence": update.sequences.start,
            "sequences": len(update.sequences),
            "leaves": sums.table.tolist(),
        }

    def _non_finite(self, update: Update, loss: float, norm: float) -> str:
        numbers = sorted(
            {
                int(number)
                for index in update.sequences
                for number in self.blocks[update.stage][index].documents
            }
        )
        ids = (
            pq.read_table(self._packed / "documents.parquet", columns=["id"])["id"].take(numbers).to_pylist()
        )
        more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
        return (
            f"train: update {update.step} ({update.stage}): loss {loss:g}, gradient norm {norm:g} is not "
            f"finite; no weight was changed. Its documents: {', '.join(ids[:10])}{more}; "
            "`rewarm explain RUN ID` shows one. "
            "Lower schedule.peak or take the documents out"
        )


def _optimizer(model: Any, config: dict[str, Any]) -> torch.optim.Optimizer:
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in parameters if parameter.ndim >= 2]
    others = [parameter for parameter in parameters if parameter.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": config["weight_decay"]},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=0.0,
        betas=tuple(config["betas"]),
        eps=config["epsilon"],
        fused=True,
    )


def _schedules(stages: list[dict[str, Any]], plan: list[Update]) -> dict[str, Schedule]:
    schedules: dict[str, Schedule] = {}
    for stage in stages:
        steps = sum(update.stage == stage["name"] for update in plan)
        shape = stage["schedule"]
        decay = round(shape["decay"] * steps) if shape["shape"] == "wsd" else 0
        warmup = min(round(shape["warmup"] * steps), steps - decay)
        schedules[stage["name"]] = Schedule(
            shape["shape"], shape["peak"], shape["final"], steps, warmup, decay
        )
    return schedules


def _size(blocks: Blocks, update: Update) -> int:
    """Tokens of an update as the progress bar counts them: full sequences."""
    return len(update.sequences) * int(blocks.manifest["seq_len"])


def _export(model: Any, work: Work) -> None:
    from transformers import AutoTokenizer

    names = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    config = json.loads((work.inputs["model"] / "config.json").read_text())
    saved = config.get("dtype") or config.get("torch_dtype") or "float32"
    asked = work.config["export"]["dtype"]
    dtype = names.get(asked) or getattr(torch, saved if asked == "base" else asked)
    target = work.folder / "model"
    shutil.rmtree(target, ignore_errors=True)
    model.to(dtype).save_pretrained(target)
    AutoTokenizer.from_pretrained(work.inputs["model"]).save_pretrained(target)


@contextmanager
def _interruptible() -> Iterator[Any]:
    """Ctrl-C and SIGTERM finish the running update, so that its checkpoint is whole."""
    asked: list[int] = []

    def ask(number: int, _frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt("twice: stopped without a checkpoint")
        asked.append(number)
        print("\nstopping after this update (again: at once)", file=sys.stderr)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
