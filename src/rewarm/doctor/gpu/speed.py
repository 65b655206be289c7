"""Tokens per second of a whole update, the share of the card's peak, and those of Hugging Face Trainer."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from rewarm.doctor.gpu import world
from rewarm.doctor.gpu.row import REPORT, Row
from rewarm.doctor.gpu.trainer import Training, free, wait
from rewarm.plan import device_peaks

if TYPE_CHECKING:
    from transformers import TrainerState


def speed(size: world.Size, device: torch.device) -> Iterator[Row]:
    """Sequences hold one document each, so that both trainers do the same work."""
    rows = [world.sequences(size, size.micro_batch, whole=True)] * size.updates
    ours = _rewarm(size, device, rows)
    flops = ours * world.flops_per_token(size)
    yield Row("tokens per second", f"{ours:,.0f}, {size.layers} layers of {size.width}", ours, "tokens/s")
    yield _share(flops, device)
    free(device)
    if find_spec("accelerate") is None:
        yield Row("next to HF Trainer", "not run: accelerate is not installed (rewarm[trainer])")
        return
    theirs = _trainer(size, device, rows)
    free(device)
    seen = f"{ours / theirs:.2f} x its speed ({theirs:,.0f} tokens/s)"
    # A model small enough for a CPU measures overhead only.
    ok = ours >= theirs if device.type == "cuda" else None
    yield Row("next to HF Trainer", seen, ours / theirs, "x", ok, REPORT)


def _rewarm(size: world.Size, device: torch.device, rows: list[list[Any]]) -> float:
    training = Training(size, size.layers, device)
    for batch in rows[:2]:
        training.update(batch)
    wait(device)
    began = time.perf_counter()
    for batch in rows:
        training.update(batch)
    wait(device)
    return len(rows) * world.tokens(size) / (time.perf_counter() - began)


def _trainer(size: world.Size, device: torch.device, rows: list[list[Any]]) -> float:
    from transformers import Trainer, TrainerCallback, TrainingArguments
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    began: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, _: object, state: "TrainerState", *__: object, **___: object) -> None:
            if state.global_step in (2, 2 + len(rows)):
                wait(device)
                began.append(time.perf_counter())

    data = []
    for batch in [*rows[:2], *rows]:
        for row in batch:
            ids = torch.from_numpy(row.tokens.astype(np.int64))
            data.append({"input_ids": ids, "labels": ids})
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, per_device_train_batch_size=size.micro_batch, max_steps=2 + len(rows),
            bf16=device.type == "cuda", use_cpu=device.type == "cpu", optim="adamw_torch_fused",
            learning_rate=1e-4, weight_decay=0.1, adam_beta2=0.95, report_to=[], save_strategy="no",
            logging_strategy="no", disable_tqdm=True,
        )  # fmt: skip
        model = world.model(size, size.layers, device)
        with redirect_stdout(sys.stderr):  # Trainer prints to stdout, where --json writes
            Trainer(model, arguments, train_dataset=data, callbacks=[Clock()]).train()
    return len(rows) * world.tokens(size) / (began[1] - began[0])


def _share(flops: float, device: torch.device) -> Row:
    """Share of the data sheet's peak (MFU) if the card is known, and of a large product measured here."""
    measured = _product(device)
    seen = f"{flops / 1e12:.3g} TFLOP/s; {flops / measured:.2f} of a matrix product ({measured / 1e12:.3g})"
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else ""
    peak = device_peaks.peak(name)
    if peak is None:
        return Row("share of the peak", seen, flops / measured, "of a matrix product")
    share = flops / (peak * 1e12)
    return Row("share of the peak", f"MFU {share:.2f} of {peak} TFLOP/s ({name}); {seen}", share, "MFU")


def _product(device: torch.device) -> float:
    """FLOP/s of a square product in the precision of training."""
    side, dtype = (8192, torch.bfloat16) if device.type == "cuda" else (512, torch.float32)
    left, right = (torch.randn(side, side, dtype=dtype, device=device) for _ in range(2))
    left @ right
    wait(device)
    began = time.perf_counter()
    for _ in range(5):
        left @ right
    wait(device)
    return 5 * 2 * side**3 / (time.perf_counter() - began)
