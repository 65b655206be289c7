"""The training step as each side does it, one step a turn.

`rewarm` is the step that a run takes: blocks on disk, the gradient with its sums by document, the
guard's judgement, clipping, AdamW, the row of the log. `rewarm, full logits` differs in the loss head
alone. Peers: a bare PyTorch loop with transformers' own loss, and Hugging Face Trainer.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from support.smoke import SMOKE
from torch import Tensor

from training.turns import Clock
from training.world import INNER, ROWS, TOKENS, VOCABULARY, WIDTH, train_config

STEPS = 100_000  # more than any turn asks for


def rewarm_run(world: Path, scratch: Path, **changes: Any) -> Any:
    """A training step of rewarm, ready for its first update."""
    from rewarm.engine.work import Work
    from rewarm.trackers.notifier import Notifier
    from rewarm.train.distributed.ranks import Ranks
    from rewarm.train.loop import Training

    read = {
        "blocks": "pack", "leaves": "mix/leaves.json", "heldout_leaf_of": "mix/heldout_leaf_of",
        "token_bytes": "tokenize/token_bytes.npy", "scores": "scores.parquet", "model": "model",
    }  # fmt: skip
    tables = {name: [world / path] for name, path in read.items()}
    scratch.mkdir(parents=True, exist_ok=True)
    work = Work("train", scratch, train_config(**changes), tables)
    return Training(work, Ranks(0, 1, torch.device("cpu")), Notifier([], "", work.folder))


def rewarm(world: Path, clock: Clock) -> None:
    run = rewarm_run(world, world / "scratch-rewarm")
    _take_turns(run, clock)


def rewarm_full_logits(world: Path, clock: Clock) -> None:
    from rewarm.model import packed_lm

    packed_lm.token_losses = _full_logits  # type: ignore[assignment]
    _take_turns(rewarm_run(world, world / "scratch-full"), clock)


def _take_turns(run: Any, clock: Clock) -> None:
    clock.begin()
    while True:
        for update in run.plan:
            run._update(update)
            clock.turn()


def _full_logits(
    model: Any, tokens: Tensor, positions: Tensor | None, weights: Tensor, **_: Any
) -> tuple[Tensor, Tensor]:
    """The same losses from all logits at once, as transformers computes them: in fp32."""
    logits = model(input_ids=tokens, position_ids=positions, use_cache=False).logits.float()
    nll = torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1), reduction="none"
    )
    return (nll * weights.reshape(-1)).sum(), nll.detach()


def bare_loop(world: Path, clock: Clock) -> None:
    model = _load(world)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-4, weight_decay=0.1, betas=(0.9, 0.95), fused=True
    )  # fmt: skip
    rows = _rows(world)
    clock.begin()
    for step in range(STEPS):
        tokens = rows[step * ROWS % len(rows) :][:ROWS]
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(input_ids=tokens, labels=tokens, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        clock.turn()


def trainer(world: Path, clock: Clock) -> None:
    from transformers import Trainer, TrainerCallback, TrainingArguments

    class Turns(TrainerCallback):
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            clock.begin()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            clock.turn()

    arguments = TrainingArguments(
        str(world / "scratch-trainer"), per_device_train_batch_size=ROWS, max_steps=STEPS, bf16=True,
        use_cpu=True, optim="adamw_torch_fused", learning_rate=1e-4, weight_decay=0.1, adam_beta2=0.95,
        report_to=[], save_strategy="no", logging_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    data = [{"input_ids": row, "labels": row} for row in _rows(world)]
    Trainer(_load(world), arguments, train_dataset=data, callbacks=[Turns()]).train()


def matmul(world: Path, clock: Clock) -> None:
    """GFLOP per CPU-second of bf16 products: a large square and the model's own shapes, the best of them
    being the peak that the step is held against."""
    large = 256 if SMOKE else 2048
    shapes = [
        (large, large, large), (TOKENS, WIDTH, INNER), (TOKENS, INNER, WIDTH), (TOKENS, WIDTH, VOCABULARY),
    ]  # fmt: skip
    clock.begin()
    while True:
        rates = []
        for rows, inner, columns in shapes:
            left, right = torch.randn(rows, inner).bfloat16(), torch.randn(inner, columns).bfloat16()
            gflop = 2 * rows * inner * columns / 1e9
            left @ right
            for _ in range(3):
                products = max(1, round((1 if SMOKE else 60) / gflop))
                began = time.process_time()
                for _ in range(products):
                    left @ right
                rates.append(products * gflop / (time.process_time() - began))
        clock.turn(gflop_per_second=max(rates))


def _load(world: Path) -> Any:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(world / "model", dtype=torch.float32)
    model.train()
    return model


def _rows(world: Path) -> Tensor:
    from rewarm.corpus.tables.blocks import Blocks

    blocks = Blocks(world / "pack", "adapt")
    return torch.from_numpy(
        np.stack([blocks[number].tokens for number in range(len(blocks))]).astype(np.int64)
    )  # fmt: skip


SIDES: dict[str, Callable[[Path, Clock], None]] = {
    "rewarm": rewarm,
    "rewarm, full logits": rewarm_full_logits,
    "bare loop": bare_loop,
    "Trainer": trainer,
    "matmul": matmul,
}
