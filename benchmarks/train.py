"""The training step beside its peers: same model, data, batch and precision, interleaved in one process tree.

Peers: a bare PyTorch loop with full logits (transformers' own loss), and Hugging Face Trainer. The
model has SmolLM2-135M's shape and random weights, so nothing is downloaded. Each side runs in a
process of its own, so that peak memory is its own; sides take turns, and medians are compared.
Bars: at least 1.0 x Trainer's tokens/s and 0.95 x the bare loop's.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

SEQ_LEN, ROWS, WARMUP = 512, 2, 1
SIDES = ("rewarm", "bare loop", "Trainer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--side", choices=SIDES)
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(SIDE[arguments.side](arguments.steps)))
        return
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for repeat in range(arguments.repeats):
        for side in SIDES if repeat % 2 == 0 else reversed(SIDES):
            command = [sys.executable, __file__, "--side", side, "--steps", str(arguments.steps)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            runs[side].append(json.loads(done.stdout.strip().split("\n")[-1]))
    speed = {
        side: statistics.median(run["tokens_per_second"] for run in found) for side, found in runs.items()
    }
    memory = {side: statistics.median(run["peak_mb"] for run in found) for side, found in runs.items()}
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, torch {version('torch')}, transformers "
        f"{version('transformers')}; {ROWS} x {SEQ_LEN} tokens, bf16, medians of {arguments.repeats}"
    )
    for side in SIDES:
        print(f"{side:<12}{speed[side]:>8.1f} tokens/s   peak {memory[side]:>7,.0f} MB")
    bars = {"bare loop": 0.95, "Trainer": 1.0}
    rows = [
        {"name": "tokens per second, ratio", "peer": peer, "value": round(speed["rewarm"] / speed[peer], 3),
         "bar": bar, "ok": speed["rewarm"] / speed[peer] >= bar}
        for peer, bar in bars.items()
    ]  # fmt: skip
    for row in rows:
        met = "ok" if row["ok"] else "MISSED"
        print(f"rewarm / {row['peer']:<12}{row['value']:>7.3f}   bar {row['bar']}   {met}")
    target = Path(__file__).parent / "results/train.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(rows, indent=1))


def _model() -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
            num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=2048,
            tie_word_embeddings=True,
        )
    )  # fmt: skip


def _tokens(step: int) -> Any:
    import torch

    return torch.randint(49152, (ROWS, SEQ_LEN), generator=torch.Generator().manual_seed(step))


def _measured(times: list[float]) -> dict[str, float]:
    return {
        "tokens_per_second": ROWS * SEQ_LEN / statistics.median(times[WARMUP:]),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _loop(steps: int, forward: Any) -> dict[str, float]:
    import torch

    model = _model()
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    times = []
    for step in range(steps + WARMUP):
        began = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16):
            loss = forward(model, _tokens(step))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        times.append(time.perf_counter() - began)
    return _measured(times)


def _bare(steps: int) -> dict[str, float]:
    return _loop(steps, lambda model, tokens: model(input_ids=tokens, labels=tokens, use_cache=False).loss)


def _rewarm(steps: int) -> dict[str, float]:
    """With everything that training has: channel sums of 64 leaves, positions, weights."""
    import torch

    from rewarm.model.causal_lm import token_losses
    from rewarm.train.channel_loss import LeafSums

    token_bytes = torch.randint(1, 8, (49152,))
    positions = torch.arange(SEQ_LEN).repeat(ROWS, 1)
    leaves = torch.randint(64, (ROWS * (SEQ_LEN - 1),))

    def forward(model: Any, tokens: Any) -> Any:
        weights = torch.ones(ROWS, SEQ_LEN - 1)
        loss, nll = token_losses(model, tokens, positions, weights / weights.sum(), chunk=256)
        LeafSums(64).add(nll, leaves, weights.reshape(-1), token_bytes[tokens[:, 1:].reshape(-1)])
        return loss

    return _loop(steps, forward)


def _trainer(steps: int) -> dict[str, float]:
    import tempfile

    import torch
    from transformers import Trainer, TrainerCallback, TrainingArguments

    times: list[float] = []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            times.append(-time.perf_counter())

        def on_step_end(self, *_: Any, **__: Any) -> None:
            times[-1] += time.perf_counter()

    rows = [row for step in range(steps + WARMUP) for row in _tokens(step)]
    data = [{"input_ids": row, "labels": row} for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, per_device_train_batch_size=ROWS, max_steps=steps + WARMUP, bf16=True, use_cpu=True,
            optim="adamw_torch_fused", report_to=[], save_strategy="no", logging_strategy="no",
            disable_tqdm=True,
        )  # fmt: skip
        torch.manual_seed(0)
        Trainer(_model(), arguments, train_dataset=data, callbacks=[Clock()]).train()
    return _measured(times)


SIDE = {"rewarm": _rewarm, "bare loop": _bare, "Trainer": _trainer}

if __name__ == "__main__":
    main()
